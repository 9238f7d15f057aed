/* history.c: all runs of a project, for programs that use the library.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <azml/history.h>

#include <stdatomic.h>
#include <string.h>

#include "core/json.h"
#include "run/text.h"
#include "store/store.h"

struct azml_history
{
  atomic_int references;
  azml_project *project;
  azml__store *store;
};

AZML_DEFINE_AUTO (azml_history, azml_history_unref)

azml_history *
azml_history_ref (azml_history *history)
{
  if (history)
    atomic_fetch_add_explicit (&history->references, 1, memory_order_relaxed);
  return history;
}

void
azml_history_unref (azml_history *history)
{
  if (!history
      || atomic_fetch_sub_explicit (&history->references, 1, memory_order_acq_rel)
             != 1)
    return;
  azml__store_free (history->store);
  azml_project_unref (history->project);
  free (history);
}

int
azml_history_open (azml_project *project, azml_history **ret, azml_error **err)
{
  AZML_AUTO (azml_history) history = calloc (1, sizeof *history);
  if (!history)
    return azml__error_no_memory (err);
  atomic_init (&history->references, 1);
  history->project = azml_project_ref (project);
  int rc = azml__store_open (azml__project_of (project), &history->store, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&history);
  return 0;
}

static void
set_text (json_t *query, const char *key, const char *text)
{
  if (text)
    json_object_set_new (query, key, azml__json_text (text));
}

/* QUERY may come from a program built with an older, shorter structure.  */
static int
query_to_json (const azml_history_query *query, json_t **ret, azml_error **err)
{
  azml_history_query q = AZML_HISTORY_QUERY_INIT;
  AZML_AUTO (json_t) json = json_object ();
  if (query && query->size > sizeof q)
    return azml__error (err, AZML_E_INVALID,
                        "the query is of a newer version of the library");
  if (query)
    memcpy (&q, query, query->size);
  set_text (json, "where", q.where);
  set_text (json, "experiment", q.experiment);
  set_text (json, "target", q.target);
  set_text (json, "state", q.state);
  set_text (json, "sort", q.sort);
  if (json_object_set_new (json, "reverse", json_boolean (q.reverse)) < 0
      || json_object_set_new (json, "limit", json_integer (q.limit)) < 0)
    return azml__error_no_memory (err);
  *ret = azml_steal (&json);
  return 0;
}

int
azml_history_find (azml_history *history, const azml_history_query *query,
                   char **ret, azml_error **err)
{
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO (json_t) rows = NULL;
  int rc = query_to_json (query, &json, err);
  if (rc == 0)
    rc = azml__store_query (history->store, json, &rows, err);
  return rc < 0 ? rc : azml__text_json (rows, ret, err);
}

int
azml_history_refresh (azml_history *history, const char *id, azml_error **err)
{
  return azml__store_refresh (history->store, id, err);
}

int
azml_history_reindex (azml_history *history, azml_cancel *cancel, char **ret,
                      azml_error **err)
{
  AZML_AUTO (json_t) report = NULL;
  int rc = azml__store_reindex (history->store, cancel, &report, err);
  return rc < 0 ? rc : azml__text_json (report, ret, err);
}

/* store.c: the index over a project's runs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/store.h"

#include "guile/binding.h"
#include "guile/project.h"

static void
store_free (void *store)
{
  azml__store_free (store);
}

static const azml__guile_type store_type = { "store", store_free };

/* One call of the index: what goes in, and what comes out.  */
struct call
{
  int (*work) (struct call *call); /* outside of Guile; returns a code */
  const azml__project *project;
  azml__store *store;
  const char *id;
  json_t *run, *status, *json; /* owned */
  json_t *result;
  azml_error *err;
  int rc;
};

static void *
do_work (void *data)
{
  struct call *c = data;
  c->rc = c->work (c);
  return NULL;
}

static int
open_index (struct call *c)
{
  return azml__store_open_with (c->project, azml__guile_cancel (), &c->store,
                                &c->err);
}

static SCM
store_open (SCM project)
{
  struct call c = { .work = open_index };
  azml__guile_box *box =
      azml__guile_take (project, &azml__guile_project_type, "%store-open", 1);
  c.project = azml__guile_pointer (box);
  azml__guile_blocking (do_work, &c);
  azml__guile_release (box);
  scm_remember_upto_here_1 (project);
  if (c.rc < 0)
    azml__guile_throw ("%store-open", c.err);
  return azml__guile_handle (&store_type, c.store);
}

/* Make the call C of the index in BOX; return its result, or throw.  */
static SCM
call (struct call *c, azml__guile_box *box, SCM handle, const char *who)
{
  c->store = azml__guile_pointer (box);
  azml__guile_blocking (do_work, c);
  azml__guile_release (box);
  json_decref (c->run);
  json_decref (c->status);
  json_decref (c->json);
  scm_remember_upto_here_1 (handle);
  if (c->rc < 0)
    azml__guile_throw (who, c->err);
  return c->result ? azml__guile_take_json (c->result) : SCM_UNSPECIFIED;
}

/* Do WORK on the index HANDLE: alone, with a text, with JSON.  */
static SCM
call_plain (int (*work) (struct call *), SCM handle, const char *who)
{
  struct call c = { .work = work };
  return call (&c, azml__guile_take (handle, &store_type, who, 1), handle, who);
}

static SCM
call_with_id (int (*work) (struct call *), SCM handle, SCM id, const char *who)
{
  struct call c = { .work = work, .id = azml__guile_to_text (id, who, 2) };
  return call (&c, azml__guile_take (handle, &store_type, who, 1), handle, who);
}

static SCM
call_with_json (int (*work) (struct call *), SCM handle, SCM json, const char *who)
{
  struct call c = { .work = work };
  azml__guile_check_json (json, who, 2);
  azml__guile_box *box = azml__guile_take (handle, &store_type, who, 1);
  c.json = azml__guile_to_json (json);
  return call (&c, box, handle, who);
}

static int
put (struct call *c)
{
  return azml__store_put (c->store, c->run, c->status, &c->err);
}

/* STATUS #f: the run is being submitted.  */
static SCM
store_put (SCM handle, SCM run, SCM status)
{
  struct call c = { .work = put };
  azml__guile_check_json (run, "%store-put", 2);
  if (scm_is_true (status))
    azml__guile_check_json (status, "%store-put", 3);
  azml__guile_box *box = azml__guile_take (handle, &store_type, "%store-put", 1);
  c.run = azml__guile_to_json (run);
  c.status = scm_is_true (status) ? azml__guile_to_json (status) : NULL;
  return call (&c, box, handle, "%store-put");
}

static int
put_all (struct call *c)
{
  return azml__store_put_all (c->store, c->json, &c->err);
}

/* PAIRS: a vector of vectors of run and status.  */
static SCM
store_put_all (SCM handle, SCM pairs)
{
  return call_with_json (put_all, handle, pairs, "%store-put-all");
}

static int
expect (struct call *c)
{
  return azml__store_expect (c->store, c->json, &c->err);
}

/* IDS: a vector of texts.  */
static SCM
store_expect (SCM handle, SCM ids)
{
  return call_with_json (expect, handle, ids, "%store-expect");
}

static int
refresh (struct call *c)
{
  return azml__store_refresh (c->store, c->id, &c->err);
}

static SCM
store_refresh (SCM handle, SCM id)
{
  return call_with_id (refresh, handle, id, "%store-refresh");
}

static int
remove_run (struct call *c)
{
  return azml__store_remove (c->store, c->id, &c->err);
}

static SCM
store_remove (SCM handle, SCM id)
{
  return call_with_id (remove_run, handle, id, "%store-remove");
}

static int
unfinished (struct call *c)
{
  return azml__store_unfinished (c->store, &c->result, &c->err);
}

/* A vector of ids.  */
static SCM
store_unfinished (SCM handle)
{
  return call_plain (unfinished, handle, "%store-unfinished");
}

static int
query (struct call *c)
{
  return azml__store_query (c->store, c->json, &c->result, &c->err);
}

/* A vector of alists.  */
static SCM
store_query (SCM handle, SCM what)
{
  return call_with_json (query, handle, what, "%store-query");
}

static int
unlogged (struct call *c)
{
  return azml__store_unlogged (c->store, c->json, &c->result, &c->err);
}

/* The same, of names that no run has.  */
static SCM
store_unlogged (SCM handle, SCM what)
{
  return call_with_json (unlogged, handle, what, "%store-unlogged");
}

static int
reindex (struct call *c)
{
  return azml__store_reindex (c->store, azml__guile_cancel (), &c->result, &c->err);
}

static SCM
store_reindex (SCM handle)
{
  return call_plain (reindex, handle, "%store-reindex");
}

static SCM
store_close (SCM handle)
{
  azml__guile_close (handle, &store_type, "%store-close", 1);
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_store (void)
{
  azml__guile_define ("%store-open", 1, 0, store_open);
  azml__guile_define ("%store-put", 3, 0, store_put);
  azml__guile_define ("%store-put-all", 2, 0, store_put_all);
  azml__guile_define ("%store-expect", 2, 0, store_expect);
  azml__guile_define ("%store-refresh", 2, 0, store_refresh);
  azml__guile_define ("%store-remove", 2, 0, store_remove);
  azml__guile_define ("%store-unfinished", 1, 0, store_unfinished);
  azml__guile_define ("%store-query", 2, 0, store_query);
  azml__guile_define ("%store-unlogged", 2, 0, store_unlogged);
  azml__guile_define ("%store-reindex", 1, 0, store_reindex);
  azml__guile_define ("%store-close", 1, 0, store_close);
}

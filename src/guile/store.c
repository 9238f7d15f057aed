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
  const azml__project *project;
  azml__store *store;
  const char *id;
  json_t *run, *status, *query; /* owned */
  json_t *result;
  azml_error *err;
  int rc;
};

static void *
open_work (void *data)
{
  struct call *c = data;
  c->rc =
      azml__store_open_with (c->project, azml__guile_cancel (), &c->store, &c->err);
  return NULL;
}

static SCM
store_open (SCM project)
{
  struct call c = { 0 };
  azml__guile_box *box =
      azml__guile_take (project, &azml__guile_project_type, "%store-open", 1);
  c.project = azml__guile_pointer (box);
  azml__guile_blocking (open_work, &c);
  azml__guile_release (box);
  scm_remember_upto_here_1 (project);
  if (c.rc < 0)
    azml__guile_throw ("%store-open", c.err);
  return azml__guile_handle (&store_type, c.store);
}

/* Do WORK on the index in BOX; return its result, or throw.  */
static SCM
call (void *(*work) (void *), struct call *c, azml__guile_box *box, SCM handle,
      const char *who)
{
  c->store = azml__guile_pointer (box);
  azml__guile_blocking (work, c);
  azml__guile_release (box);
  json_decref (c->run);
  json_decref (c->status);
  json_decref (c->query);
  scm_remember_upto_here_1 (handle);
  if (c->rc < 0)
    azml__guile_throw (who, c->err);
  return c->result ? azml__guile_take_json (c->result) : SCM_UNSPECIFIED;
}

static void *
put_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_put (c->store, c->run, c->status, &c->err);
  return NULL;
}

/* STATUS #f: the run is being submitted.  */
static SCM
store_put (SCM handle, SCM run, SCM status)
{
  struct call c = { 0 };
  azml__guile_check_json (run, "%store-put", 2);
  if (scm_is_true (status))
    azml__guile_check_json (status, "%store-put", 3);
  azml__guile_box *box = azml__guile_take (handle, &store_type, "%store-put", 1);
  c.run = azml__guile_to_json (run);
  c.status = scm_is_true (status) ? azml__guile_to_json (status) : NULL;
  return call (put_work, &c, box, handle, "%store-put");
}

static void *
put_all_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_put_all (c->store, c->query, &c->err);
  return NULL;
}

/* PAIRS: a vector of vectors of run and status.  */
static SCM
store_put_all (SCM handle, SCM pairs)
{
  struct call c = { 0 };
  azml__guile_check_json (pairs, "%store-put-all", 2);
  azml__guile_box *box =
      azml__guile_take (handle, &store_type, "%store-put-all", 1);
  c.query = azml__guile_to_json (pairs);
  return call (put_all_work, &c, box, handle, "%store-put-all");
}

static void *
expect_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_expect (c->store, c->query, &c->err);
  return NULL;
}

/* IDS: a vector of texts.  */
static SCM
store_expect (SCM handle, SCM ids)
{
  struct call c = { 0 };
  azml__guile_check_json (ids, "%store-expect", 2);
  azml__guile_box *box = azml__guile_take (handle, &store_type, "%store-expect", 1);
  c.query = azml__guile_to_json (ids);
  return call (expect_work, &c, box, handle, "%store-expect");
}

static void *
refresh_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_refresh (c->store, c->id, &c->err);
  return NULL;
}

static SCM
store_refresh (SCM handle, SCM id)
{
  struct call c = { .id = azml__guile_to_text (id, "%store-refresh", 2) };
  azml__guile_box *box =
      azml__guile_take (handle, &store_type, "%store-refresh", 1);
  return call (refresh_work, &c, box, handle, "%store-refresh");
}

static void *
remove_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_remove (c->store, c->id, &c->err);
  return NULL;
}

static SCM
store_remove (SCM handle, SCM id)
{
  struct call c = { .id = azml__guile_to_text (id, "%store-remove", 2) };
  azml__guile_box *box = azml__guile_take (handle, &store_type, "%store-remove", 1);
  return call (remove_work, &c, box, handle, "%store-remove");
}

static void *
unfinished_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_unfinished (c->store, &c->result, &c->err);
  return NULL;
}

/* A vector of ids.  */
static SCM
store_unfinished (SCM handle)
{
  struct call c = { 0 };
  azml__guile_box *box =
      azml__guile_take (handle, &store_type, "%store-unfinished", 1);
  return call (unfinished_work, &c, box, handle, "%store-unfinished");
}

static void *
query_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_query (c->store, c->query, &c->result, &c->err);
  return NULL;
}

/* A vector of alists.  */
static SCM
store_query (SCM handle, SCM query)
{
  struct call c = { 0 };
  azml__guile_check_json (query, "%store-query", 2);
  azml__guile_box *box = azml__guile_take (handle, &store_type, "%store-query", 1);
  c.query = azml__guile_to_json (query);
  return call (query_work, &c, box, handle, "%store-query");
}

static void *
unlogged_work (void *data)
{
  struct call *c = data;
  c->rc = azml__store_unlogged (c->store, c->query, &c->result, &c->err);
  return NULL;
}

/* The same, of names that no run has.  */
static SCM
store_unlogged (SCM handle, SCM query)
{
  struct call c = { 0 };
  azml__guile_check_json (query, "%store-unlogged", 2);
  azml__guile_box *box =
      azml__guile_take (handle, &store_type, "%store-unlogged", 1);
  c.query = azml__guile_to_json (query);
  return call (unlogged_work, &c, box, handle, "%store-unlogged");
}

static void *
reindex_work (void *data)
{
  struct call *c = data;
  c->rc =
      azml__store_reindex (c->store, azml__guile_cancel (), &c->result, &c->err);
  return NULL;
}

static SCM
store_reindex (SCM handle)
{
  struct call c = { 0 };
  azml__guile_box *box =
      azml__guile_take (handle, &store_type, "%store-reindex", 1);
  return call (reindex_work, &c, box, handle, "%store-reindex");
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

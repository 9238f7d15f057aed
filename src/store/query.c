/* query.c: what the index says of the runs that a search finds.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   First the numbers of the rows that match, in order; then the rows.  So a search sorts
   numbers, and what is only shown is read for the few that are shown.  */

#include <config.h>

#include <string.h>

#include "core/json.h"
#include "store/internal.h"

/* What each column of AZML__STATEMENT_ROW is.  */
static const struct
{
  const char *key;
  char kind; /* text, integer, real, or json */
} columns[] = { { "id", 't' },          { "alias", 't' },     { "experiment", 't' },
                { "state", 't' },       { "cause", 't' },     { "target", 't' },
                { "type", 't' },        { "submitted", 'i' }, { "seconds", 'r' },
                { "exit_code", 'i' },   { "signal", 'i' },    { "script", 't' },
                { "user", 't' },        { "host", 't' },      { "snapshot", 't' },
                { "environment", 't' }, { "command", 'j' },   { "parameters", 'j' },
                { "metrics", 'j' } };

static json_t *
column (sqlite3_stmt *s, int i, char kind)
{
  json_t *json = NULL;
  const char *text;
  switch (kind)
    {
    case 'i':
      return json_integer (sqlite3_column_int64 (s, i));
    case 'r':
      return azml__json_number (sqlite3_column_double (s, i));
    case 't':
      text = (const char *)sqlite3_column_text (s, i);
      return text ? azml__json_text (text) : NULL;
    default:
      text = (const char *)sqlite3_column_text (s, i);
      if (text)
        azml__json_parse (text, strlen (text), "the index", &json, NULL);
      return json;
    }
}

static int
read_row (azml__store *store, int64_t number, json_t *rows, azml_error **err)
{
  sqlite3_stmt *s;
  AZML_AUTO (json_t) row = json_object ();
  int rc = azml__statement_get (store, AZML__STATEMENT_ROW, &s, err);
  if (rc < 0)
    return rc;
  sqlite3_bind_int64 (s, 1, number);
  rc = azml__store_step (s, err);
  if (rc <= 0)
    return rc; /* another process removed it just now */
  for (int i = 0; i < (int)(sizeof columns / sizeof *columns); i++)
    if (sqlite3_column_type (s, i) != SQLITE_NULL
        && json_object_set_new (row, columns[i].key, column (s, i, columns[i].kind))
               < 0)
      rc = azml__error_no_memory (err);
  sqlite3_reset (s);
  if (rc > 0 && json_array_append (rows, row) < 0)
    rc = azml__error_no_memory (err);
  return rc < 0 ? rc : 0;
}

static int
find (azml__store *store, const json_t *query, json_t **ret, azml_error **err)
{
  AZML_CLEANUP (azml__numbers_done) azml__numbers numbers = { NULL, 0, 0 };
  AZML_AUTO (json_t) rows = json_array ();
  int rc = azml__search (store, query, &numbers, err);
  for (size_t i = 0; i < numbers.n && rc == 0; i++)
    rc = read_row (store, numbers.all[i], rows, err);
  if (rc == 0)
    *ret = azml_steal (&rows);
  return rc;
}

/* FIND in one read transaction, so that all it sees is of one moment.  */
static int
find_at_once (azml__store *store, const json_t *query, json_t **ret,
              azml_error **err)
{
  int rc = azml__store_exec (store->db, "BEGIN", err);
  return rc < 0 ? rc
                : azml__store_end (store->db, find (store, query, ret, err), err);
}

int
azml__store_query (azml__store *store, const json_t *query, json_t **ret,
                   azml_error **err)
{
  AZML_AUTO (json_t) rows = NULL;
  int rc = azml__store_fill (store, err);
  if (rc == 0)
    rc = find_at_once (store, query, &rows, err);
  if (rc == AZML_E_CORRUPT && !store->problem
      && azml__store_recover (store, err) == 0)
    rc = find_at_once (store, query, &rows, err);
  if (rc == 0)
    *ret = azml_steal (&rows);
  return rc;
}

static int
unfinished (azml__store *store, json_t *ids, azml_error **err)
{
  sqlite3_stmt *s = NULL;
  int rc = sqlite3_prepare_v2 (store->db,
                               "SELECT id FROM runs WHERE state IN ('submitting',"
                               " 'queued', 'preparing', 'waiting', 'running',"
                               " 'finalizing') UNION SELECT id FROM expected",
                               -1, &s, NULL);
  if (rc != SQLITE_OK)
    return azml__store_error (store->db, rc, err);
  while ((rc = azml__store_step (s, err)) == 1)
    if (json_array_append_new (
            ids, json_string ((const char *)sqlite3_column_text (s, 0)))
        < 0)
      {
        rc = azml__error_no_memory (err);
        break;
      }
  sqlite3_finalize (s);
  return rc;
}

int
azml__store_unfinished (azml__store *store, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) ids = json_array ();
  int rc = azml__store_fill (store, err);
  if (rc == 0)
    rc = azml__store_adopt (store, err);
  if (rc == 0)
    rc = unfinished (store, ids, err);
  if (rc == AZML_E_CORRUPT && !store->problem
      && azml__store_recover (store, err) == 0)
    {
      json_array_clear (ids);
      rc = unfinished (store, ids, err);
    }
  if (rc == 0)
    *ret = azml_steal (&ids);
  return rc;
}

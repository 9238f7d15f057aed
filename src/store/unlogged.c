/* unlogged.c: metrics and parameters that a search asks for and no run has.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A name that is misspelt is no error: another project's filter may be right here, before
   the first run that logs.  But it finds nothing, and that is worth a word.  */

#include <config.h>

#include <string.h>

#include "core/json.h"
#include "core/nearest.h"
#include "store/internal.h"

/* More names than these are neither compared nor shown.  */
#define MOST_NAMES 1000
#define SHOWN 8

/* 1 if a run has NAME in TABLE.  */
static int
is_known (azml__store *store, const char *table, const char *name, azml_error **err)
{
  AZML_AUTO_BUFFER sql = AZML__BUFFER_INIT;
  sqlite3_stmt *s = NULL;
  azml__buffer_add_format (&sql, "SELECT 1 FROM %s WHERE name = ? LIMIT 1", table);
  if (!azml__buffer_ok (&sql))
    return azml__error_no_memory (err);
  int rc = sqlite3_prepare_v2 (store->db, sql.data, -1, &s, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_bind_text (s, 1, name, -1, SQLITE_STATIC);
  rc = rc == SQLITE_OK ? azml__store_step (s, err)
                       : azml__store_error (store->db, rc, err);
  sqlite3_finalize (s);
  return rc;
}

/* The names that TABLE has (new).  Each is looked up behind the one before it: a DISTINCT
   would walk over the rows of all runs.  */
static int
list_names (azml__store *store, const char *table, json_t **ret, azml_error **err)
{
  AZML_AUTO_BUFFER sql = AZML__BUFFER_INIT;
  AZML_AUTO (json_t) names = json_array ();
  sqlite3_stmt *s = NULL;
  azml__buffer_add_format (
      &sql,
      "WITH RECURSIVE t (n) AS (SELECT min (name) FROM %s UNION ALL"
      " SELECT (SELECT min (name) FROM %s WHERE name > t.n) FROM t"
      " WHERE t.n IS NOT NULL) SELECT n FROM t WHERE n IS NOT NULL LIMIT %d",
      table, table, MOST_NAMES);
  if (!azml__buffer_ok (&sql))
    return azml__error_no_memory (err);
  int rc = sqlite3_prepare_v2 (store->db, sql.data, -1, &s, NULL);
  if (rc != SQLITE_OK)
    return azml__store_error (store->db, rc, err);
  while ((rc = azml__store_step (s, err)) == 1)
    {
      const char *text = (const char *)sqlite3_column_text (s, 0);
      json_t *name = text ? azml__json_text (text) : NULL;
      /* One that is no UTF-8 is nothing to suggest.  */
      if (json_is_string (name))
        json_array_append (names, name);
      json_decref (name);
    }
  sqlite3_finalize (s);
  if (rc == 0)
    *ret = azml_steal (&names);
  return rc;
}

/* Append what is to be said of NAME, which no run has in TABLE.  */
static int
add_unlogged (azml__store *store, const char *table, json_t *name, const char *text,
              json_t *unlogged, azml_error **err)
{
  AZML_AUTO (json_t) names = NULL;
  const char *all[MOST_NAMES], *near;
  size_t i;
  json_t *other;
  int rc = list_names (store, table, &names, err);
  if (rc < 0)
    return rc;
  json_array_foreach (names, i, other) all[i] = json_string_value (other);
  near = azml__nearest (text, all, json_array_size (names));
  AZML_AUTO (json_t)
  entry =
      json_pack ("{s:s, s:O, s:s?}", "table", table, "name", name, "near", near);
  while (json_array_size (names) > SHOWN)
    json_array_remove (names, json_array_size (names) - 1);
  if (!entry || json_object_set (entry, "names", names) < 0
      || json_array_append (unlogged, entry) < 0)
    return azml__error_no_memory (err);
  return 0;
}

static int
find_unlogged (azml__store *store, const json_t *names, json_t *unlogged,
               azml_error **err)
{
  size_t i;
  json_t *pair;
  json_array_foreach (names, i, pair)
  {
    const char *table = json_string_value (json_array_get (pair, 0));
    json_t *name = json_array_get (pair, 1);
    AZML_AUTO_FREE char *text = azml__json_get_bytes (name, NULL);
    if (!text)
      return azml__error_no_memory (err);
    int rc = is_known (store, table, text, err);
    if (rc == 0)
      rc = add_unlogged (store, table, name, text, unlogged, err);
    if (rc < 0)
      return rc;
  }
  return 0;
}

int
azml__store_unlogged (azml__store *store, const json_t *query, json_t **ret,
                      azml_error **err)
{
  AZML_AUTO (json_t) names = NULL;
  AZML_AUTO (json_t) unlogged = json_array ();
  int rc = azml__search_names (query, &names, err);
  if (rc == 0 && names)
    rc = azml__store_fill (store, err);
  if (rc == 0 && names)
    rc = find_unlogged (store, names, unlogged, err);
  if (rc == 0)
    *ret = azml_steal (&unlogged);
  return rc;
}

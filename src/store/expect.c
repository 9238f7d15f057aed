/* expect.c: runs that a client is about to make.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A client says which runs to expect before it has them accepted, and writes their rows
   when they have ended, many at a time: so a run is not forgotten when its client is
   killed in between, and costs one row.  Who lists runs looks after those that are
   expected.

   Because of that, a client knows what has changed the folder of the runs: if its state
   was known before (`scans`), it still is, and nobody needs to read the folder.  A run
   that is put there by other means is found when the state is not known.  */

#include <config.h>

#include <sys/stat.h>

#include "core/clock.h"
#include "store/internal.h"

/* A run that is being submitted has no directory yet; after this long it never
   will.  */
#define SUBMIT_MS ((int64_t)600 * 1000)

int
azml__store_is_young (int64_t since)
{
  return azml__clock_utc_ms () - since < SUBMIT_MS;
}

int
azml__store_is_expected (azml__store *store, const char *id)
{
  sqlite3_stmt *s;
  if (azml__statement_get (store, AZML__STATEMENT_SINCE, &s, NULL) < 0)
    return 0;
  sqlite3_bind_text (s, 1, id, -1, SQLITE_STATIC);
  int young = azml__store_step (s, NULL) == 1
              && azml__store_is_young (sqlite3_column_int64 (s, 0));
  sqlite3_reset (s);
  return young;
}

int64_t
azml__store_changed (const azml__store *store)
{
  struct stat st;
  return stat (store->runs, &st) < 0
             ? 0
             : (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

int
azml__store_is_settled (int64_t changed)
{
  return azml__clock_utc_ms () - changed / 1000000 >= 1000;
}

int
azml__store_seen (azml__store *store, int64_t changed, azml_error **err)
{
  sqlite3_stmt *s;
  int rc = azml__statement_get (store, AZML__STATEMENT_SEEN, &s, err);
  if (rc < 0)
    return rc;
  sqlite3_bind_int64 (s, 1, changed);
  return azml__store_step (s, err);
}

int
azml__store_found (azml__store *store, const char *id, azml_error **err)
{
  sqlite3_stmt *s;
  int rc = azml__statement_get (store, AZML__STATEMENT_FOUND, &s, err);
  if (rc < 0)
    return rc;
  sqlite3_bind_text (s, 1, id, -1, SQLITE_STATIC);
  return azml__store_step (s, err);
}

int
azml__store_note (azml__store *store, azml_error **err)
{
  int64_t changed = store->knows_folder > 0 ? azml__store_changed (store) : 0;
  if (!changed || changed == store->noted)
    return 0;
  int rc = azml__store_seen (store, changed, err);
  if (rc == 0)
    store->noted = changed;
  return rc;
}

/* Before the first run of this process: is the state of the folder known?  */
static int
look (azml__store *store, azml_error **err)
{
  int64_t seen = 0;
  int rc = azml__store_integer (
      store->db, "SELECT ifnull (max (seen), 0) FROM scans", &seen, err);
  if (rc == 0)
    store->knows_folder = seen == azml__store_changed (store) ? 1 : -1;
  return rc;
}

static int
expect (azml__store *store, const json_t *ids, azml_error **err)
{
  size_t i;
  json_t *id;
  sqlite3_stmt *s;
  int rc = store->knows_folder ? 0 : look (store, err);
  json_array_foreach (ids, i, id)
  {
    if (rc == 0)
      rc = azml__statement_get (store, AZML__STATEMENT_EXPECT, &s, err);
    if (rc < 0)
      return rc;
    sqlite3_bind_text (s, 1, json_string_value (id), -1, SQLITE_STATIC);
    sqlite3_bind_int64 (s, 2, azml__clock_utc_ms ());
    rc = azml__store_step (s, err);
  }
  return rc;
}

static int
expect_at_once (azml__store *store, const json_t *ids, azml_error **err)
{
  int rc = azml__store_exec (store->db, "BEGIN IMMEDIATE", err);
  return rc < 0 ? rc : azml__store_end (store->db, expect (store, ids, err), err);
}

int
azml__store_expect (azml__store *store, const json_t *ids, azml_error **err)
{
  int rc = azml__store_writable (store, err);
  if (rc < 0)
    return rc;
  rc = expect_at_once (store, ids, err);
  if (rc == AZML_E_CORRUPT && azml__store_recover (store, err) == 0)
    rc = expect_at_once (store, ids, err);
  return rc;
}

/* schema.c: the tables of the index and the statements on them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   `runs` is narrow, because a search may walk over all of it; what is only shown,
   or seldom asked for, is in `details` under the same number.  A missing value is
   NULL; so is a metric whose last value is NaN, which then has no text either.
   `scans` has one row: the state of the folder of the runs that is known (adopt.c).
   `expected` are runs that may have a directory soon, or have it, and no row (expect.c).  */

#include <config.h>

#include "store/internal.h"

static const char tables[] =
    "DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS details;"
    "DROP TABLE IF EXISTS metrics; DROP TABLE IF EXISTS parameters;"
    "DROP TABLE IF EXISTS scans; DROP TABLE IF EXISTS expected;"
    "CREATE TABLE runs (run INTEGER PRIMARY KEY, id TEXT NOT NULL, experiment TEXT,"
    " state TEXT NOT NULL, cause TEXT, target TEXT, submitted INTEGER, seconds "
    "REAL,"
    " exit_code INTEGER, signal INTEGER);"
    "CREATE TABLE details (run INTEGER PRIMARY KEY, alias TEXT, type TEXT,"
    " script TEXT, user TEXT, host TEXT, snapshot TEXT, environment TEXT,"
    " command TEXT, parameters TEXT, metrics TEXT);"
    "CREATE TABLE metrics (run INTEGER NOT NULL, name TEXT NOT NULL, last REAL,"
    " min REAL, max REAL, count INTEGER, text TEXT,"
    " PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE parameters (run INTEGER NOT NULL, name TEXT NOT NULL,"
    " number REAL, text TEXT, PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE scans (one INTEGER PRIMARY KEY, seen INTEGER NOT NULL);"
    "CREATE TABLE expected (id TEXT PRIMARY KEY, since INTEGER NOT NULL)"
    " WITHOUT ROWID;";

static const char indexes[] =
    "CREATE UNIQUE INDEX runs_id ON runs (id);"
    "CREATE INDEX runs_submitted ON runs (submitted, id);"
    "CREATE INDEX runs_state ON runs (state, submitted, id);"
    "CREATE INDEX runs_experiment ON runs (experiment, submitted, id);"
    "CREATE INDEX metrics_last ON metrics (name, last);"
    "CREATE INDEX metrics_min ON metrics (name, min);"
    "CREATE INDEX metrics_max ON metrics (name, max);"
    "CREATE INDEX parameters_number ON parameters (name, number);";

static const char clear[] =
    "DROP INDEX IF EXISTS runs_id; DROP INDEX IF EXISTS runs_submitted;"
    "DROP INDEX IF EXISTS runs_state; DROP INDEX IF EXISTS runs_experiment;"
    "DROP INDEX IF EXISTS metrics_last; DROP INDEX IF EXISTS metrics_min;"
    "DROP INDEX IF EXISTS metrics_max; DROP INDEX IF EXISTS parameters_number;"
    "DELETE FROM runs; DELETE FROM details;"
    "DELETE FROM metrics; DELETE FROM parameters;";

/* 0x617a6d6c is "azml".  */
static const char mark[] = "PRAGMA application_id = 0x617a6d6c;"
                           "PRAGMA user_version = " AZML__STORE_VERSION_TEXT ";";

static const char *const statements[AZML__STATEMENTS] = {
  [AZML__STATEMENT_FIND] = "SELECT run FROM runs WHERE id = ?",
  [AZML__STATEMENT_INSERT] =
      "INSERT INTO runs (id, experiment, state, cause, target, submitted, seconds,"
      " exit_code, signal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  [AZML__STATEMENT_UPDATE] =
      "UPDATE runs SET id = ?1, experiment = ?2, state = ?3, cause = ?4, target = "
      "?5,"
      " submitted = ?6, seconds = ?7, exit_code = ?8, signal = ?9 WHERE run = ?10",
  [AZML__STATEMENT_DETAILS] = "INSERT OR REPLACE INTO details (run, alias, type, "
                              "script, user, host, snapshot,"
                              " environment, command, parameters, metrics)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  [AZML__STATEMENT_METRIC] =
      "INSERT OR REPLACE INTO metrics (run, name, last, min, max, count, text)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
  [AZML__STATEMENT_PARAMETER] =
      "INSERT OR REPLACE INTO parameters (run, name, number, text)"
      " VALUES (?, ?, ?, ?)",
  [AZML__STATEMENT_DROP_METRICS] = "DELETE FROM metrics WHERE run = ?",
  [AZML__STATEMENT_DROP_PARAMETERS] = "DELETE FROM parameters WHERE run = ?",
  [AZML__STATEMENT_DROP_DETAILS] = "DELETE FROM details WHERE run = ?",
  [AZML__STATEMENT_DROP_RUN] = "DELETE FROM runs WHERE run = ?",
  [AZML__STATEMENT_ROW] =
      "SELECT r.id, d.alias, r.experiment, r.state, r.cause, r.target, d.type,"
      " r.submitted, r.seconds, r.exit_code, r.signal, d.script, d.user, d.host,"
      " d.snapshot, d.environment, d.command, d.parameters, d.metrics"
      " FROM runs r JOIN details d ON d.run = r.run WHERE r.run = ?",
  [AZML__STATEMENT_EXPECT] = "INSERT OR REPLACE INTO expected VALUES (?, ?)",
  [AZML__STATEMENT_SINCE] = "SELECT since FROM expected WHERE id = ?",
  [AZML__STATEMENT_FOUND] = "DELETE FROM expected WHERE id = ?",
  [AZML__STATEMENT_SEEN] = "INSERT OR REPLACE INTO scans VALUES (1, ?)",
};

int
azml__schema_make (sqlite3 *db, azml_error **err)
{
  int rc = azml__store_exec (db, tables, err);
  return rc < 0 ? rc : azml__store_exec (db, mark, err);
}

int
azml__schema_clear (sqlite3 *db, azml_error **err)
{
  return azml__store_exec (db, clear, err);
}

int
azml__schema_index (sqlite3 *db, azml_error **err)
{
  return azml__store_exec (db, indexes, err);
}

int
azml__statement_get (azml__store *store, azml__statement which, sqlite3_stmt **ret,
                     azml_error **err)
{
  sqlite3_stmt **slot = &store->statements[which];
  if (*slot)
    sqlite3_reset (*slot);
  else
    {
      int rc = sqlite3_prepare_v3 (store->db, statements[which], -1,
                                   SQLITE_PREPARE_PERSISTENT, slot, NULL);
      if (rc != SQLITE_OK)
        return azml__store_error (store->db, rc, err);
    }
  *ret = *slot;
  return 0;
}

void
azml__statements_drop (azml__store *store)
{
  for (int i = 0; i < AZML__STATEMENTS; i++)
    {
      sqlite3_finalize (store->statements[i]);
      store->statements[i] = NULL;
    }
}

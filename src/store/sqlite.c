/* sqlite.c: SQLite's answers as error objects.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "core/code.h"
#include "store/internal.h"

/* 1 if REASON says that a table or column is missing, which ours never are.  */
static int
is_incomplete (const char *reason)
{
  return strncmp (reason, "no such table", 13) == 0
         || strncmp (reason, "no such column", 14) == 0;
}

/* The code for RC; ERRNUM is the errno of the system call behind it, or 0.  */
static int
code_of (int rc, int errnum, const char *reason)
{
  switch (rc & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return AZML_E_BUSY;
    case SQLITE_FULL:
      return AZML_E_NO_SPACE;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return AZML_E_DENIED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return AZML_E_CORRUPT;
    case SQLITE_NOMEM:
      return AZML_E_NO_MEMORY;
    case SQLITE_INTERRUPT:
      return AZML_E_CANCELLED;
    case SQLITE_TOOBIG:
      return AZML_E_TOO_LARGE;
    case SQLITE_CANTOPEN:
      return errnum ? azml__code_of_errno (errnum) : AZML_E_DENIED;
    case SQLITE_IOERR:
      return errnum ? azml__code_of_errno (errnum) : AZML_E_OS;
    default:
      return is_incomplete (reason) ? AZML_E_CORRUPT : AZML_E_FAILED;
    }
}

int
azml__store_error (sqlite3 *db, int rc, azml_error **err)
{
  if ((rc & 0xff) == SQLITE_NOMEM)
    return azml__error_no_memory (err);
  int errnum = db ? sqlite3_system_errno (db) : 0;
  int native = db ? sqlite3_extended_errcode (db) : rc;
  const char *reason = db ? sqlite3_errmsg (db) : sqlite3_errstr (rc);
  int code = code_of (rc, errnum, reason);
  char text[128];
  if (errnum && ((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_IOERR))
    azml__error_set (err, code, AZML_DOMAIN_STORE, native, "the index: %s: %s",
                     reason, strerror_r (errnum, text, sizeof text));
  else
    azml__error_set (err, code, AZML_DOMAIN_STORE, native, "the index: %s", reason);
  if (code == AZML_E_CORRUPT)
    azml__error_hint (err, "azml-guile history reindex makes it anew");
  return code;
}

int
azml__store_exec (sqlite3 *db, const char *sql, azml_error **err)
{
  int rc = sqlite3_exec (db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK ? 0 : azml__store_error (db, rc, err);
}

int
azml__store_step (sqlite3_stmt *statement, azml_error **err)
{
  int rc = sqlite3_step (statement);
  if (rc == SQLITE_ROW)
    return 1;
  if (rc == SQLITE_DONE)
    return 0;
  rc = azml__store_error (sqlite3_db_handle (statement), rc, err);
  sqlite3_reset (statement);
  return rc;
}

int
azml__store_integer (sqlite3 *db, const char *sql, int64_t *ret, azml_error **err)
{
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);
  if (rc != SQLITE_OK)
    return azml__store_error (db, rc, err);
  rc = azml__store_step (statement, err);
  if (rc == 1)
    *ret = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  if (rc == 0)
    return azml__error (err, AZML_E_FAILED, "the index: no answer to '%s'", sql);
  return rc < 0 ? rc : 0;
}

int
azml__store_end (sqlite3 *db, int rc, azml_error **err)
{
  if (rc == 0)
    rc = azml__store_exec (db, "COMMIT", err);
  if (rc < 0 && !sqlite3_get_autocommit (db))
    sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  return rc;
}

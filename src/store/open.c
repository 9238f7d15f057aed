/* open.c: open the index; what to do when it is missing, broken or out of reach.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "core/clock.h"
#include "core/path.h"
#include "store/internal.h"
#include "store/network.h"

/* How long to wait for another writer: longer than it takes to index 100,000 runs, not so
   long that one which was stopped (Ctrl-Z) holds up every run.  */
#define BUSY_MS 10000

static void
close_database (azml__store *store)
{
  azml__statements_drop (store);
  sqlite3_close (store->db);
  store->db = NULL;
}

void
azml__store_free (azml__store *store)
{
  if (!store)
    return;
  close_database (store);
  azml_error_free (store->problem);
  azml_cancel_unref (store->cancel);
  free (store->file);
  free (store->folder);
  free (store->runs);
  free (store);
}

/* Called by SQLite now and then; 1 ends what it does.  */
static int
is_cancelled (void *data)
{
  const azml__store *store = data;
  return azml_cancel_is_set (store->cancel);
}

static int
open_file (azml__store *store, const char *name, azml_error **err)
{
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
              | SQLITE_OPEN_PRIVATECACHE;
  int rc = sqlite3_open_v2 (name, &store->db, flags, NULL);
  if (rc == SQLITE_OK)
    {
      sqlite3_extended_result_codes (store->db, 1);
      sqlite3_busy_timeout (store->db, BUSY_MS);
      if (store->cancel)
        sqlite3_progress_handler (store->db, 10000, is_cancelled, store);
      return 0;
    }
  rc = azml__store_error (store->db, rc, err);
  close_database (store);
  return rc;
}

/* What the header says: 0 for an empty database, -1 for one that is not ours.  */
static int
read_version (sqlite3 *db, int64_t *ret, azml_error **err)
{
  int64_t application = 0, version = 0, objects = 0;
  int rc = azml__store_integer (db, "PRAGMA application_id", &application, err);
  if (rc == 0)
    rc = azml__store_integer (db, "PRAGMA user_version", &version, err);
  if (rc == 0 && version == 0)
    rc = azml__store_integer (db, "SELECT count(*) FROM sqlite_master", &objects,
                              err);
  if (rc == 0)
    *ret = application == AZML__STORE_APPLICATION     ? version
           : !application && !version && objects == 0 ? 0
                                                      : -1;
  return rc;
}

static int
check_version (azml__store *store, int64_t version, azml_error **err)
{
  if (version > AZML__STORE_VERSION)
    {
      azml__error_set (err, AZML_E_UNSUPPORTED, AZML_DOMAIN_STORE, 0,
                       "the index '%s' was made by a newer azml-guile",
                       store->file);
      azml__error_hint (err,
                        "use that version; or remove the file, and this version"
                        " makes its own from the run directories");
      return AZML_E_UNSUPPORTED;
    }
  if (version < 0)
    return azml__error_set (err, AZML_E_CORRUPT, AZML_DOMAIN_STORE, 0,
                            "'%s' is not an index of azml-guile", store->file);
  return 0;
}

/* Tables and rows, in one transaction, unless another process made them while this
   one waited for its turn.  */
static int
make (azml__store *store, azml_error **err)
{
  int64_t version = 0;
  json_int_t runs = 0;
  AZML_AUTO (json_t) skipped = json_array ();
  int rc = azml__store_exec (store->db, "BEGIN IMMEDIATE", err);
  if (rc < 0)
    return rc;
  rc = read_version (store->db, &version, err);
  if (rc == 0 && version != AZML__STORE_VERSION)
    {
      rc = check_version (store, version, err);
      if (rc == 0)
        rc = azml__schema_make (store->db, err);
      if (rc == 0)
        rc = azml__reindex_load (store, store->cancel, &runs, skipped, err);
    }
  return azml__store_end (store->db, rc, err);
}

/* SQLite does not wait by itself for others who have the file open while its journal
   changes: that is busy at once.  */
static int
set_journal (azml__store *store, azml_error **err)
{
  const char *statement = azml__network_is (store->folder)
                              ? "PRAGMA journal_mode = TRUNCATE"
                              : "PRAGMA journal_mode = WAL";
  const struct timespec pause = { 0, 20000000 };
  int64_t end = azml__clock_boot_ms () + BUSY_MS;
  for (;;)
    {
      AZML_AUTO (azml_error) problem = NULL;
      int rc = azml__store_exec (store->db, statement, &problem);
      if (rc == AZML_E_BUSY && azml__clock_boot_ms () < end)
        nanosleep (&pause, NULL);
      else
        {
          if (rc < 0)
            azml__error_move (err, &problem);
          return rc;
        }
    }
}

static int
open_database (azml__store *store, azml_error **err)
{
  int64_t version = 0;
  int rc = open_file (store, store->file, err);
  /* Without its journal, which the last command removed, it could not even be read.  */
  if (rc == 0 && sqlite3_db_readonly (store->db, "main"))
    rc = azml__error_set (err, AZML_E_DENIED, AZML_DOMAIN_STORE, 0,
                          "the index '%s' cannot be written", store->file);
  if (rc == 0)
    rc = read_version (store->db, &version, err);
  if (rc == 0)
    rc = check_version (store, version, err);
  /* The index can be made again, so nothing waits for the disk; a process that is
     killed still leaves it whole.  */
  if (rc == 0)
    rc = set_journal (store, err);
  if (rc == 0)
    rc = azml__store_exec (
        store->db, "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY", err);
  if (rc == 0 && version != AZML__STORE_VERSION)
    rc = make (store, err);
  if (rc < 0)
    close_database (store);
  return rc;
}

/* 1 if all tables and columns are there.  */
static int
has_tables (azml__store *store)
{
  sqlite3_stmt *ignored;
  int complete = 1;
  for (int i = 0; i < AZML__STATEMENTS; i++)
    complete =
        complete
        && azml__statement_get (store, (azml__statement)i, &ignored, NULL) == 0;
  return complete;
}

/* 1 if the database is whole, as far as SQLite can tell, and ours.  */
static int
is_whole (azml__store *store)
{
  sqlite3_stmt *statement = NULL;
  int64_t version = 0;
  int whole =
      open_file (store, store->file, NULL) == 0
      && read_version (store->db, &version, NULL) == 0
      && version >= 0
      /* An empty one is being made by another process.  */
      && (version == 0 || has_tables (store))
      && sqlite3_prepare_v2 (store->db, "PRAGMA quick_check (1)", -1, &statement,
                             NULL)
             == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW
      && strcmp ((const char *)sqlite3_column_text (statement, 0), "ok") == 0;
  sqlite3_finalize (statement);
  close_database (store);
  return whole;
}

static int
move_aside (azml__store *store, azml_error **err)
{
  static const char *const parts[] = { "", "-wal", "-shm" };
  char now[AZML__CLOCK_TEXT_SIZE];
  azml__clock_format (azml__clock_utc_ms (), now);
  for (int i = 0; i < 3; i++)
    {
      AZML_AUTO_FREE char *from = azml__path_format ("%s%s", store->file, parts[i]);
      AZML_AUTO_FREE char *to =
          azml__path_format ("%s.corrupt-%s%s", store->file, now, parts[i]);
      if (!from || !to)
        return azml__error_no_memory (err);
      if (rename (from, to) < 0 && errno != ENOENT)
        return azml__error_os (err, errno, "move '%s' aside", from);
    }
  return 0;
}

int
azml__store_recover (azml__store *store, azml_error **err)
{
  close_database (store);
  AZML_AUTO_FREE char *name = azml__path_join (store->folder, "index.lock");
  if (!name)
    return azml__error_no_memory (err);
  /* One process at a time, or the second would move the first one's new index.  */
  AZML_AUTO_CLOSE int lock = open (name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return azml__error_os (err, errno, "open '%s'", name);
  while (flock (lock, LOCK_EX) < 0)
    if (errno != EINTR)
      return azml__error_os (err, errno, "lock '%s'", name);
  int rc = is_whole (store) ? 0 : move_aside (store, err);
  return rc < 0 ? rc : open_database (store, err);
}

/* Go on in memory: what can be read can still be searched.  PROBLEM is taken.  */
static int
open_memory (azml__store *store, azml_error *problem, azml_error **err)
{
  store->problem = problem;
  int rc = open_file (store, ":memory:", err);
  return rc < 0 ? rc : azml__schema_make (store->db, err);
}

int
azml__store_fill (azml__store *store, azml_error **err)
{
  AZML_AUTO (json_t) skipped = json_array ();
  json_int_t runs = 0;
  if (!store->problem || store->filled)
    return 0;
  int rc = azml__store_exec (store->db, "BEGIN", err);
  if (rc == 0)
    rc = azml__store_end (
        store->db, azml__reindex_load (store, store->cancel, &runs, skipped, err),
        err);
  store->filled = rc == 0;
  return rc;
}

int
azml__store_writable (const azml__store *store, azml_error **err)
{
  const azml_error *problem = store->problem;
  if (!problem)
    return 0;
  azml__error_set (err, azml_error_code (problem), azml_error_domain (problem),
                   azml_error_native (problem), "%s", azml_error_message (problem));
  if (azml_error_hint (problem))
    azml__error_hint (err, "%s", azml_error_hint (problem));
  return azml_error_code (problem);
}

int
azml__store_open_with (const azml__project *project, azml_cancel *cancel,
                       azml__store **ret, azml_error **err)
{
  AZML_AUTO (azml_error) problem = NULL;
  AZML_AUTO (azml__store) store = calloc (1, sizeof *store);
  if (!store || !(store->file = strdup (project->index))
      || !(store->folder = strdup (project->folder))
      || !(store->runs = strdup (project->runs)))
    return azml__error_no_memory (err);
  store->cancel = azml_cancel_ref (cancel);
  int rc = open_database (store, &problem);
  if (rc == AZML_E_CORRUPT)
    rc = azml__store_recover (store, &problem);
  if (rc == AZML_E_DENIED || rc == AZML_E_NO_SPACE || rc == AZML_E_OS)
    rc = open_memory (store, azml_steal (&problem), err);
  else if (rc < 0)
    azml__error_move (err, &problem);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&store);
  return 0;
}

int
azml__store_open (const azml__project *project, azml__store **ret, azml_error **err)
{
  return azml__store_open_with (project, NULL, ret, err);
}

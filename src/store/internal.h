/* internal.h: what the files of this room share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_STORE_INTERNAL_H
#define AZML_STORE_INTERNAL_H

#include <sqlite3.h>
#include <stdint.h>

#include "core/buffer.h"
#include "run/metrics.h"
#include "store/store.h"

/* The schema this code reads and writes (user_version).  Another one, unless newer,
   is made anew from the run directories: the index holds nothing of its own.  */
#define AZML__STORE_VERSION 3
#define AZML__STORE_VERSION_TEXT "3"
#define AZML__STORE_APPLICATION 0x617a6d6c

/* Statements that stay prepared.  */
typedef enum azml__statement
{
  AZML__STATEMENT_FIND,
  AZML__STATEMENT_INSERT,
  AZML__STATEMENT_UPDATE,
  AZML__STATEMENT_DETAILS,
  AZML__STATEMENT_METRIC,
  AZML__STATEMENT_PARAMETER,
  AZML__STATEMENT_DROP_METRICS,
  AZML__STATEMENT_DROP_PARAMETERS,
  AZML__STATEMENT_DROP_DETAILS,
  AZML__STATEMENT_DROP_RUN,
  AZML__STATEMENT_ROW,
  AZML__STATEMENT_EXPECT,
  AZML__STATEMENT_SINCE,
  AZML__STATEMENT_FOUND,
  AZML__STATEMENT_SEEN,
  AZML__STATEMENTS
} azml__statement;

struct azml__store
{
  sqlite3 *db;
  char *file;          /* index.db */
  char *folder;        /* .azml */
  char *runs;          /* .azml/runs */
  azml_cancel *cancel; /* ends what takes long; or NULL */
  sqlite3_stmt *statements[AZML__STATEMENTS];

  /* The index can be neither made nor read in its place (read-only or full file
     system): DB is in memory, filled when first asked, and PROBLEM is what every
     write reports.  */
  azml_error *problem;
  int filled;

  /* Whether the state of the folder of the runs was known before this process said that
     it expects runs in it: 0 not asked yet, else 1 or -1.  See expect.c.  */
  int knows_folder;
  int64_t noted; /* what it noted last */
};

/* schema.c */

/* Make the tables, empty and without indexes, in place of older ones; set the
   version.  */
int azml__schema_make (sqlite3 *db, azml_error **err);

/* Drop all rows and the indexes; make the indexes: around a bulk load.  */
int azml__schema_clear (sqlite3 *db, azml_error **err);
int azml__schema_index (sqlite3 *db, azml_error **err);

/* Store the prepared statement WHICH, reset (borrowed), in *RET.  */
int azml__statement_get (azml__store *store, azml__statement which,
                         sqlite3_stmt **ret, azml_error **err);
void azml__statements_drop (azml__store *store);

/* sqlite.c */

/* Set *ERR to what the last call on DB, which returned RC, says; return its code.
 */
int azml__store_error (sqlite3 *db, int rc, azml_error **err);

/* Run SQL that returns no rows.  */
int azml__store_exec (sqlite3 *db, const char *sql, azml_error **err);

/* Step STATEMENT: 1 for a row, 0 at the end, or an error.  */
int azml__store_step (sqlite3_stmt *statement, azml_error **err);

/* Store the one integer that SQL asks for in *RET.  */
int
azml__store_integer (sqlite3 *db, const char *sql, int64_t *ret, azml_error **err);

/* End a transaction: commit if RC is 0, else roll back.  Return RC or the error. */
int azml__store_end (sqlite3 *db, int rc, azml_error **err);

/* open.c */

/* After AZML_E_CORRUPT: move the index aside, unless another process did, and make
   it anew from the run directories.  */
int azml__store_recover (azml__store *store, azml_error **err);

/* 0, or what speaks against writing.  */
int azml__store_writable (const azml__store *store, azml_error **err);

/* Fill an index in memory, once.  */
int azml__store_fill (azml__store *store, azml_error **err);

/* rows.c */

/* What the index holds of a run.  */
typedef struct azml__rows
{
  json_t *run, *status;  /* STATUS NULL: submitting */
  azml__metric *metrics; /* of a run that has ended */
  size_t n_metrics;
} azml__rows;

void azml__rows_done (azml__rows *rows);

/* Read the run directory NAME, that of run ID, in the open folder RUNS.  *RET must be
   zero.  AZML_E_FORMAT: not a run, or another one.  Safe in any thread.  */
int azml__rows_read (int runs, const char *name, const char *id, azml__rows *ret,
                     azml_error **err);

/* The same from RUN and STATUS, with the metrics in the run's directory in the folder
   RUNS.  */
int azml__rows_take (const char *runs, const json_t *run, const json_t *status,
                     azml__rows *ret, azml_error **err);

/* put.c */

/* Write the rows of one run, inside a transaction.  FRESH: the run has none yet.  */
int azml__rows_put (azml__store *store, const azml__rows *rows, int fresh,
                    azml_error **err);

/* adopt.c */

/* Put the runs that have a directory and no row.  */
int azml__store_adopt (azml__store *store, azml_error **err);

/* expect.c */

/* When the folder of the runs was changed, in nanoseconds; 0 if there is none.  */
int64_t azml__store_changed (const azml__store *store);

/* 1 if a run that began to be submitted at SINCE, and has no directory, may still get
   one.  */
int azml__store_is_young (int64_t since);

/* 1 if run ID is expected, and may still come.  */
int azml__store_is_expected (azml__store *store, const char *id);

/* Run ID has its rows: it is not waited for any more.  Inside a transaction.  */
int azml__store_found (azml__store *store, const char *id, azml_error **err);

/* Note that all runs of the folder as it is now have rows, or are expected, if that can be
   known.  Inside a transaction.  */
int azml__store_note (azml__store *store, azml_error **err);

/* 0 if the folder, last changed at CHANGED, may be changed again at the same time, as far as
   its file system can tell.  */
int azml__store_is_settled (int64_t changed);

/* Note that the folder was known when it was last changed at CHANGED.  */
int azml__store_seen (azml__store *store, int64_t changed, azml_error **err);

/* search.c */

typedef struct azml__numbers
{
  int64_t *all;
  size_t n, size;
} azml__numbers;

void azml__numbers_done (azml__numbers *numbers);

/* Append the numbers of the rows that QUERY (see azml__store_query) means, in order, inside
   a transaction.  */
int azml__search (azml__store *store, const json_t *query, azml__numbers *numbers,
                  azml_error **err);

/* Store the metrics and parameters that QUERY filters and sorts by (new), as
   azml__field_note has them, in *RET; NULL: none.  */
int azml__search_names (const json_t *query, json_t **ret, azml_error **err);

/* reindex.c */

/* Write the rows of all run directories into empty tables, inside a transaction.
   Count in *RUNS; append to SKIPPED.  */
int azml__reindex_load (azml__store *store, azml_cancel *cancel, json_int_t *runs,
                        json_t *skipped, azml_error **err);

#endif

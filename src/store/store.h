/* store.h: the index over a project's runs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   An SQLite file that can be thrown away: the run directories are the truth and
   azml__store_reindex makes the same answers from them.  WAL on a local file
   system, a rollback journal on a network one.  A row for each run, a row for each
   metric of a run (last, min, max, count) and for each parameter.  A failing index
   never fails a run: callers report the error and go on.  */

#ifndef AZML_STORE_STORE_H
#define AZML_STORE_STORE_H

#include <azml/cancel.h>
#include <jansson.h>

#include "run/project.h"

typedef struct azml__store azml__store;

/* Open (make) the index of PROJECT.  One that is missing, or damaged (it is moved aside),
   is made from the run directories; one of a newer version is AZML_E_UNSUPPORTED.  Where
   it can be neither made nor opened (a read-only or full file system) an index in memory
   answers questions, and all that writes returns the reason.  */
int azml__store_open (const azml__project *project, azml__store **ret,
                      azml_error **err);

/* The same, with a token that ends the making of an index and long searches with
   AZML_E_CANCELLED.  The index keeps a reference.  */
int azml__store_open_with (const azml__project *project, azml_cancel *cancel,
                           azml__store **ret, azml_error **err);

void azml__store_free (azml__store *store);
AZML_DEFINE_AUTO (azml__store, azml__store_free)

/* Insert or replace the row of a run from RUN (run.json) and STATUS (status.json,
   or NULL: submitting) and, when it is terminal, its metrics from its folder.  */
int azml__store_put (azml__store *store, const json_t *run, const json_t *status,
                     azml_error **err);

/* The same for many runs, in one transaction: PAIRS is an array of [RUN, STATUS].  */
int azml__store_put_all (azml__store *store, const json_t *pairs, azml_error **err);

/* Say that runs with the ids IDS, an array, are going to be accepted.  They are unfinished
   until they have rows.  */
int azml__store_expect (azml__store *store, const json_t *ids, azml_error **err);

/* Read the directory of run ID again and put it; remove the row if it is gone, unless it
   is of a run that began to be submitted a few minutes ago.  */
int azml__store_refresh (azml__store *store, const char *id, azml_error **err);

/* Remove the row of ID.  */
int azml__store_remove (azml__store *store, const char *id, azml_error **err);

/* Ids of the rows whose state is not terminal, and of the runs that are expected: a new
   array.  Other runs that have a directory and no row get one before.  */
int azml__store_unfinished (azml__store *store, json_t **ret, azml_error **err);

/* The rows that match: QUERY {"where": TEXT, "sort": KEY, "reverse": bool, "limit":
   N, "experiment": NAME, "target": NAME, "state": NAME}, all optional; newest first
   by default.  A new array of {"id", "alias", "experiment", "state", "cause",
   "target", "submitted" (ms), "seconds", "exit_code", "signal", "command",
   "script", "parameters": {}, "metrics": {name: last}, ...}.  SORT is
   a field (see where.h): numbers and times from the largest, texts by the alphabet,
   what has none last.  AZML_E_INVALID: WHERE or SORT is malformed; the message names
   the place.  */
int azml__store_query (azml__store *store, const json_t *query, json_t **ret,
                       azml_error **err);

/* What QUERY filters and sorts by and no run has: store an array (new) of objects {"table":
   "metrics" or "parameters", "name", "near": the name that may be meant, or null,
   "names": some that there are} in *RET.  */
int azml__store_unlogged (azml__store *store, const json_t *query, json_t **ret,
                          azml_error **err);

/* Make the index anew from the run directories; unreadable ones are counted.  Store
   {"runs": N, "skipped": [{"id", "error"}]} (new) in *RET.  */
int azml__store_reindex (azml__store *store, azml_cancel *cancel, json_t **ret,
                         azml_error **err);

#endif

/* azml/history.h: all runs of a project, searched.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Texts that a function stores in *RET are from malloc: free them with free.  */

#ifndef AZML_HISTORY_H
#define AZML_HISTORY_H

#include <azml/cancel.h>
#include <azml/project.h>

#include <stddef.h>

AZML_BEGIN_DECLS

/* The index over a project's runs.  Reference counted with atomic operations.  */
typedef struct azml_history azml_history;

/* Open the index of PROJECT; one that is missing or damaged is made from the run
   directories.  On success store it (new) in *RET.
   AZML_E_UNSUPPORTED: it was made by a newer version.  */
AZML_API AZML_MUST_CHECK int
azml_history_open (azml_project *project, azml_history **ret, azml_error **err);

/* Take a reference; return HISTORY.  NULL is fine.  */
AZML_API azml_history *azml_history_ref (azml_history *history);

/* Drop a reference.  NULL is fine.  */
AZML_API void azml_history_unref (azml_history *history);

/* What to look for; NULL where it does not matter.  Begin with
   AZML_HISTORY_QUERY_INIT: later versions append members.  */
typedef struct azml_history_query
{
  size_t size;       /* of this structure */
  const char *where; /* a filter: "metrics.accuracy > 0.9 and state = failed" */
  const char *experiment; /* this one alone */
  const char *target;
  const char *state;
  const char *sort; /* a field; NULL: submitted, the newest first */
  int reverse;
  long limit; /* -1: all */
} azml_history_query;

#define AZML_HISTORY_QUERY_INIT                                                    \
  {                                                                                \
    sizeof (azml_history_query), NULL, NULL, NULL, NULL, NULL, 0, -1               \
  }

/* Find runs; QUERY NULL finds all.  On success store an array of objects ("id", "state",
   "experiment", "parameters", "metrics", ...), one line of JSON (new), in *RET.
   AZML_E_INVALID: the filter or the sort field is none; the message says where.  */
AZML_API AZML_MUST_CHECK int
azml_history_find (azml_history *history, const azml_history_query *query,
                   char **ret, azml_error **err);

/* Read the directory of the run ID again: its row follows it.  */
AZML_API AZML_MUST_CHECK int
azml_history_refresh (azml_history *history, const char *id, azml_error **err);

/* Make the index anew from the run directories.  On success store {"runs": N,
   "skipped": [{"id", "error"}]}, one line of JSON (new), in *RET.
   AZML_E_CANCELLED: CANCEL was set; the old index stays.  */
AZML_API AZML_MUST_CHECK int
azml_history_reindex (azml_history *history, azml_cancel *cancel, char **ret,
                      azml_error **err);

AZML_END_DECLS

#endif

/* azml/run.h: one run and what it left.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A run is a directory of plain files; the manual describes them.  Texts that a
   function stores in *RET are from malloc: free them with free.  */

#ifndef AZML_RUN_H
#define AZML_RUN_H

#include <azml/project.h>

AZML_BEGIN_DECLS

/* A run of a project, which it holds a reference on.  Reference counted with atomic
   operations.  */
typedef struct azml_run azml_run;

/* Find the run that NAME means: an id, a prefix of one, an alias, "last", or
   "last~1", the one before that, to "last~999".  On success store it (new) in *RET.
   AZML_E_NOT_FOUND.  AZML_E_AMBIGUOUS: several runs; the hint names some.  */
AZML_API AZML_MUST_CHECK int azml_run_find (azml_project *project, const char *name,
                                            azml_run **ret, azml_error **err);

/* Take a reference; return RUN.  NULL is fine.  */
AZML_API azml_run *azml_run_ref (azml_run *run);

/* Drop a reference.  NULL is fine.  */
AZML_API void azml_run_unref (azml_run *run);

/* Return the id, 12 characters.  Borrowed.  */
AZML_API const char *azml_run_id (const azml_run *run);

/* Return the run directory, absolute.  Borrowed.  */
AZML_API const char *azml_run_directory (const azml_run *run);

/* Read what was asked, run.json.  On success store it, one line of JSON (new), in
   *RET.  AZML_E_FORMAT: the file is damaged.  */
AZML_API AZML_MUST_CHECK int
azml_run_request (const azml_run *run, char **ret, azml_error **err);

/* Read what has happened so far, status.json.  On success store it, one line of JSON
   (new), in *RET.  AZML_E_NOT_FOUND: nothing has.  */
AZML_API AZML_MUST_CHECK int
azml_run_status (const azml_run *run, char **ret, azml_error **err);

/* Return 1 if somebody is in charge of the run on this machine, else 0.  */
AZML_API int azml_run_is_alive (const azml_run *run);

/* Summarise the metrics: {"metrics": {NAME: {"last", "min", "max", "count", ...}},
   "skipped": N}.  On success store it, one line of JSON (new), in *RET.  */
AZML_API AZML_MUST_CHECK int
azml_run_metrics (const azml_run *run, char **ret, azml_error **err);

typedef enum azml_metric_part
{
  AZML_METRIC_LAST = 0,
  AZML_METRIC_MIN = 1,
  AZML_METRIC_MAX = 2,
  AZML_METRIC_COUNT = 3
} azml_metric_part;

/* Look up one number of the metric NAME.  On success store it, which may be NaN or
   infinite, in *RET.  AZML_E_NOT_FOUND: no such metric.  AZML_E_INVALID: a text, or
   PART is unknown.  */
AZML_API AZML_MUST_CHECK int
azml_run_metric (const azml_run *run, const char *name, azml_metric_part part,
                 double *ret, azml_error **err);

AZML_END_DECLS

#endif

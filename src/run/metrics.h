/* metrics.h: metrics.jsonl, read and summarised.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A line that is not a point (a name, and a number, a boolean, a text or a list of such or of
   lists) is skipped and counted.  */

#ifndef AZML_RUN_METRICS_H
#define AZML_RUN_METRICS_H

#include <jansson.h>

#include "core/error.h"
#include "run/point.h"

/* Called with each POINT and its LINE of N bytes (all borrowed); what it returns, if
   negative, ends the reading.  */
typedef int (*azml__metrics_each_fn) (const azml__point *point, const char *line,
                                      size_t n, void *data, azml_error **err);

/* Give the points of the run directory open as FOLDER to EACH, in order; store the
   number of lines skipped in *RET_SKIPPED.  No file: no points.  A file of any
   length takes the memory of one line.  */
int azml__metrics_each (int folder, azml__metrics_each_fn each, void *data,
                        json_int_t *ret_skipped, azml_error **err);

/* Read all points of the metrics file of the run directory FOLDER.  Store in *RET
   (new)
   {"points": [...], "skipped": N}; no file: no points.  NAME (or NULL) keeps one
   metric.  A number is a JSON number or one of the three strings.  */
int azml__metrics_read (const char *folder, const char *name, json_t **ret,
                        azml_error **err);

/* Summarise: {"accuracy": {"last", "min", "max", "count", "first_step",
   "last_step", "values": [at most 64, evenly thinned, for a sparkline]}, ...} in
   order of first appearance, and "skipped" beside: {"metrics": {...}, "skipped": N}
   (new).  A text metric has "last" and "count" only, and so has a list that is not all of
   numbers, whose "last" is its JSON as a text; of a list of numbers the last element
   counts; a boolean is "last" as it is, and 1 or 0 in the rest.  NaN does not enter min and max, which are absent when there is nothing
   else; a step is absent where the point has none.  A name that is not UTF-8 has
   %XX for each such byte.  */
int azml__metrics_summary (const char *folder, json_t **ret, azml_error **err);

/* What the index keeps of a metric.  */
typedef struct azml__metric
{
  char *name;        /* UTF-8, see above */
  azml__number last; /* none: LAST_TEXT; of a boolean 1 or 0 */
  json_t *last_text; /* a text, a boolean; NULL: LAST is all */
  double min, max;   /* NAN: none */
  json_int_t count;
} azml__metric;

/* Store the metrics of the run directory open as FOLDER in *RET (new array of *RET_N, in
   order of first appearance).  */
int azml__metrics_list (int folder, azml__metric **ret, size_t *ret_n,
                        azml_error **err);
void azml__metrics_free (azml__metric *metrics, size_t n);

/* Append one point to the metrics file FILE: one write on an O_APPEND descriptor.
   STEP NULL: none.  VALUE is any JSON value that a metric may have.
   AZML_E_INVALID: it is none.  */
int azml__metrics_append (const char *file, const char *name, const json_t *value,
                          const json_t *step, azml_error **err);

#endif

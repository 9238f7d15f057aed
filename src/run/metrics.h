/* metrics.h: metrics.jsonl, read.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUN_METRICS_H
#define AZML_RUN_METRICS_H

#include <jansson.h>

#include "core/error.h"

/* Read all points of the metrics file of the run directory FOLDER.  Store in *RET (new)
   {"points": [...], "skipped": N}; no file: no points.  NAME (or NULL) keeps one
   metric.  A number is a JSON number or one of the three strings.  */
int azml__metrics_read (const char *folder, const char *name, json_t **ret,
                        azml_error **err);

/* Summarise: {"accuracy": {"last", "min", "max", "count", "first_step", "last_step",
   "values": [at most 64, evenly thinned, for a sparkline]}, ...} in order of first
   appearance, and "skipped" beside: {"metrics": {...}, "skipped": N} (new).  A text
   metric has "last" and "count" only; of a list the last element counts.  NaN does not
   enter min and max.  */
int azml__metrics_summary (const char *folder, json_t **ret, azml_error **err);

/* Append one point to the metrics file FILE: one write on an O_APPEND descriptor.
   STEP NULL: none.  VALUE is any JSON value that a metric may have.  */
int azml__metrics_append (const char *file, const char *name, const json_t *value,
                          const json_t *step, azml_error **err);

#endif

/* pattern.h: metrics read from the lines of the log.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   [{"name", "pattern", "step"}]: PATTERN is an extended regular expression; its
   group is the value.  Without a name the first of two groups is the name.  STEP is
   another expression, whose group is the step from that line on.  */

#ifndef AZML_RUNNER_PATTERN_H
#define AZML_RUNNER_PATTERN_H

#include <jansson.h>

#include "core/buffer.h"
#include "core/error.h"

typedef struct azml__patterns azml__patterns;

/* Compile SPEC (an array).  Points go to the file METRICS.  Store the patterns
 *(new) in RET.  AZML_E_INVALID: one is not usable.  */
int azml__patterns_new (const json_t *spec, const char *metrics,
                        azml__patterns **ret, azml_error **err);
void azml__patterns_free (azml__patterns *patterns);
AZML_DEFINE_AUTO (azml__patterns, azml__patterns_free)

/* Read what the log file, open as FD, has from where the last call ended.  END:
   what is left without a line end is a line, too.  A point that cannot be written
   is lost.  */
void azml__patterns_read (azml__patterns *patterns, int fd, int end);

/* The value that TEXT stands for: a number, else text (new).  */
json_t *azml__metric_value (const char *text);

#endif

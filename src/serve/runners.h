/* runners.h: placed runners that nobody uses any more.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SERVE_RUNNERS_H
#define AZML_SERVE_RUNNERS_H

#include <jansson.h>

#include "run/layout.h"

/* A client begins to speak with this program: if it was placed, note that it is used.
 */
void azml__runners_touch (void);

/* Remove those runners of LAYOUT->root with which nobody began to speak for AGE seconds
   and which no process executes.  DRY_RUN: only say.  Append {"what", "name", "bytes"}
   for each to REMOVED.  */
int azml__runners_collect (const azml__layout *layout, int dry_run, double age,
                           json_t *removed, azml_error **err);

#endif

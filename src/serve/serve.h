/* serve.h: the runner's side of the frame protocol.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SERVE_SERVE_H
#define AZML_SERVE_SERVE_H

#include <jansson.h>

#include "run/layout.h"

/* Speak doc/protocol.md on standard input and output until the client goes.  ROOT,
   RUNS and OBJECTS (or NULL) are the places unless hello names others.  Return the
   exit code: 0 when the client went, 1 when it broke the protocol.  */
int azml__serve (const char *root, const char *runs, const char *objects);

/* Run ID of LAYOUT as `list` tells it (new): {"id", "run", "status"}, each absent where
   it cannot be read.  SETTLE: first settle it if nobody is in charge.
   AZML_E_NOT_FOUND.  */
int azml__list_run (const azml__layout *layout, const char *id, int settle,
                    json_t **ret, azml_error **err);

/* The ids of all runs of LAYOUT, sorted: a new array.  */
int azml__list_ids (const azml__layout *layout, json_t **ret, azml_error **err);

#endif

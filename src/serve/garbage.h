/* garbage.h: what nothing refers to, removed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SERVE_GARBAGE_H
#define AZML_SERVE_GARBAGE_H

#include <jansson.h>

#include "run/layout.h"

/* Remove what nothing refers to and nothing touched for AGE seconds: runs that were
   never accepted, temporary files, objects of no run, environments without `complete`,
   placed runners that nothing executes.
   DRY_RUN: only say.  Store [{"what", "name", "bytes"}, ...] (new) in *RET.  */
int azml__garbage_collect (const azml__layout *layout, int dry_run, double age,
                           json_t **ret, azml_error **err);

#endif

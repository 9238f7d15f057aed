/* revise.h: make one source tree of another that is there already.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_REVISE_H
#define AZML_SNAPSHOT_REVISE_H

#include <azml/cancel.h>

#include "snapshot/manifest.h"

/* How many paths of FROM and TO are not the same in both.  */
size_t
azml__manifest_difference (const azml__manifest *from, const azml__manifest *to);

/* Make of the tree FROM in the folder TARGET, where azml__snapshot_materialise put it
   and nobody touched it since, the tree TO.  Store the files that share their objects
   in *RET_LINKED, as azml__snapshot_materialise does.  After a failure TARGET is
   neither.  */
int
azml__snapshot_revise (azml__objects *objects, const azml__manifest *from,
                       const azml__manifest *to, const char *target,
                       azml_cancel *cancel, json_t **ret_linked, azml_error **err);

#endif

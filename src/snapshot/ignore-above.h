/* ignore-above.h: what git leaves out because of files that are not in the source folder.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_IGNORE_ABOVE_H
#define AZML_SNAPSHOT_IGNORE_ABOVE_H

#include "snapshot/ignore.h"

/* Most files that count: a source folder deeper than that in its work tree loses those of
   the uppermost folders.  */
#define AZML__IGNORE_ABOVE 64

/* Read what holds in the folder SOURCE, if that is in a work tree of git, besides its own
   files: core.excludesFile, info/exclude, and each .gitignore from the root of the work
   tree down to above SOURCE.  Store the rules (new) in RET, each above the next, and
   their number in *RET_N.  What cannot be read is not there.  */
int
azml__ignore_read_above (const char *source, azml__ignore *ret[AZML__IGNORE_ABOVE],
                         size_t *ret_n, azml_error **err);

#endif

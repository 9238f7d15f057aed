/* clone.h: files that share their blocks until one is written to.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_CLONE_H
#define AZML_SNAPSHOT_CLONE_H

/* Make the empty file TO a clone of FROM.  Return 1, or 0 where the file system (or
   the kernel) cannot: TO is still empty then.  */
int azml__clone_file (int from, int to);

#endif

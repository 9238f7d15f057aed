/* load.h: many run directories, read ahead of the one who writes their rows.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_STORE_LOAD_H
#define AZML_STORE_LOAD_H

#include "store/internal.h"

typedef struct azml__loader azml__loader;

/* Begin to read the N runs whose ids are ID (IDS, 0), ID (IDS, 1), ... in the open folder
   RUNS; both must outlive the loader.  */
int
azml__loader_new (int runs, const char *(*id) (const void *ids, size_t i),
                  const void *ids, size_t n, azml__loader **ret, azml_error **err);

/* Store what the next run holds in *RET (new); call it N times at most.  An error is
   that of this run alone.  */
int azml__loader_next (azml__loader *loader, azml__rows *ret, azml_error **err);

void azml__loader_free (azml__loader *loader);
AZML_DEFINE_AUTO (azml__loader, azml__loader_free)

#endif

/* capability.h: the compute capability of a model.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_CAPABILITY_H
#define AZML_GPU_CAPABILITY_H

#include <stdint.h>

/* What MODEL of ARCHITECTURE ("Ampere", may be NULL) can: 80 for 8.0; -1 if it is not
   known here.  */
int64_t azml__gpu_capability (const char *model, const char *architecture);

#endif

/* lost.h: GPUs that the driver counts and cannot reach.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_LOST_H
#define AZML_GPU_LOST_H

#include <stddef.h>

#include "gpu/gpu.h"

/* 1 if TEXT, what nvidia-smi printed, tells of such a GPU.  */
int azml__gpu_lost_is_told (const char *text);

/* Add to LIST, at their places on the bus, the GPUs that the N bytes of TEXT tell to be
   lost; the text is what nvidia-smi printed beside its XML.  AZML_E_NO_MEMORY.  */
int azml__gpu_lost_add (azml__gpu_list *list, const char *text, size_t n,
                        azml_error **err);

#endif

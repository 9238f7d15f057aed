/* framework.h: packages that compute on the CPU alone.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_FRAMEWORK_H
#define AZML_GPU_FRAMEWORK_H

#include <jansson.h>

/* PACKAGES is an array of what an environment asks for or has: "torch==2.1.0+cpu",
   "tensorflow>=1.15,<2", "pytorch=2.1=cpu_generic" or "::jax" of conda; and of what tells
   where packages come from: "--index-url=...", "UV_TORCH_BACKEND=cpu".  Return a new array of texts, one for each that cannot use a GPU: which it is, and what would.  Empty if there is none;
   NULL when out of memory.  */
json_t *azml__gpu_cpu_builds (const json_t *packages);

#endif

/* course.h: how the GPUs of a run went, from gpu.jsonl.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_COURSE_H
#define AZML_GPU_COURSE_H

#include <jansson.h>

#include "core/error.h"

/* Read gpu.jsonl of the run directory FOLDER.  Store in *RET (new) an array of the
   utilisation in each sample, the highest of the GPUs that the run was on (of all, where
   that cannot be told), thinned to a few hundred; null where it is unknown.  No file: an
   empty array.  A line that cannot be read is skipped.  */
int azml__gpu_course (const char *folder, json_t **ret, azml_error **err);

#endif

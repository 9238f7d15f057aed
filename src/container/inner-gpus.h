/* inner-gpus.h: does the container have the GPUs that the run was given?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_INNER_GPUS_H
#define AZML_CONTAINER_INNER_GPUS_H

#include "core/error.h"
#include "core/json.h"

/* See that the GPUs that JOB (container/job.json) names can be reached from here.
   AZML_E_UNSUPPORTED with the cause, and the way out as its hint.  */
int azml__inner_gpus (const json_t *job, azml_error **err);

#endif

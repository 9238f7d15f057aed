/* inner.h: the first process of a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_INNER_H
#define AZML_RUNNER_INNER_H

#include "core/json.h"

/* Execute what container/job.json of the run directory PATH says, and write inner.json.
   Return the exit code of the process; 125 with *ERR: it could not begin, or could not
   write how it ended.  */
int azml__inner_run (const char *path, azml_error **err);

/* See that the GPUs that JOB (container/job.json) names can be reached from here.
   AZML_E_UNSUPPORTED with the cause, and the way out as its hint.  */
int azml__inner_gpus (const json_t *job, azml_error **err);

#endif

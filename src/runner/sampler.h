/* sampler.h: GPUs, while the command of a run is at work.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   nvidia-smi runs beside the command for as long as that does, twice: one tells the
   readings, one the processes, a line for each every second.  They are not of the job:
   what counts, signals or kills its processes leaves them out.  */

#ifndef AZML_RUNNER_SAMPLER_H
#define AZML_RUNNER_SAMPLER_H

#include "gpu/gpu.h"

typedef struct azml__runner azml__runner;
typedef struct azml__sampler azml__sampler;
typedef struct azml__pids azml__pids;

/* Make ready for samples of the run: NULL where there is no nvidia-smi.  The N
   UUIDS are the GPUs that the run was given.  LIST (borrowed, may be NULL) is what the
   machine was like before.  No process is started.  */
azml__sampler *
azml__sampler_new (char *const *uuids, size_t n, const azml__gpu_list *list);
void azml__sampler_free (azml__sampler *sampler);

/* Take what nvidia-smi has told; the first time start it.  TREE are the processes of the
   run.  */
void azml__sampler_look (azml__runner *runner, const azml__pids *tree);

/* Take no more.  nvidia-smi goes on: where nobody else has the driver open it would have to
   wake the GPUs anew to tell who is left.  */
void azml__sampler_stop (azml__runner *runner);

/* Did it use its GPUs?  If it had to and did not, that is the cause of its end.  */
void azml__sampler_judge (azml__runner *runner);

/* See that the run left its GPUs; put what was seen into the status.  */
void azml__sampler_report (azml__runner *runner);

/* End nvidia-smi.  */
void azml__sampler_end (azml__runner *runner);

#endif

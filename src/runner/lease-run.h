/* lease-run.h: a run gets its GPUs, or waits for them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_LEASE_RUN_H
#define AZML_RUNNER_LEASE_RUN_H

#include "runner/record.h"

/* Take the GPUs that the job asks for, or wait for them, and put them into
   runner->command.  Returns 0 also if the run is to end.  On failure the cause is in the
   status.  */
int azml__lease_run (azml__runner *runner);

/* 1 if a run of JOB (NULL: not known) leases nothing for sure: it wants no GPU, or goes
   without where there is none.  On a machine that has none each run would read who holds
   which lease only to learn that.  */
int azml__lease_is_vain (const json_t *job);

#endif

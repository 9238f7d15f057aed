/* watch.h: waiting for the job.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_WATCH_H
#define AZML_RUNNER_WATCH_H

#include "runner/record.h"

/* Wait for process PID, which azml__command_start made: stops, the time limit, the
   death of the keeper and samples are seen to meanwhile.  Store its status in
   *RET_STATUS.  Return 1 if nothing of ours ended it, 0 if the run is to end.  */
int azml__runner_watch (azml__runner *runner, pid_t pid, int *ret_status);

/* After the first process ended: give what it left a moment to end, then kill it.
 */
void azml__runner_clear (azml__runner *runner);

/* Look at stop requests and the keeper.  Return 1 if the run is to end.  */
int azml__runner_is_ending (azml__runner *runner);

#endif

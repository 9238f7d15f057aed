/* launch.h: the command of a run, from its start to its end.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_LAUNCH_H
#define AZML_RUNNER_LAUNCH_H

#include "runner/record.h"

/* Start runner->command, in its container if it has one.  */
int azml__launch (azml__runner *runner, pid_t *ret_pid, azml_error **err);

/* Give up what waiting does not need any more.  */
void azml__launch_forget (azml__runner *runner);

/* Wait for PID, which was launched.  What becomes of the engine's command need not be what
   becomes of the container; and one that cannot have its mounts is made again, with copies.
   An error: that could not be done.  */
int azml__launch_wait (azml__runner *runner, pid_t pid, int *ret_status,
                       azml_error **err);

#endif

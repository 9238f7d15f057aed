/* settle.h: writing the end in place of a runner that is dead.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_SETTLE_H
#define AZML_RUNNER_SETTLE_H

#include "charge/charge.h"

/* Write the terminal state of the run of CHARGE, whose lock is held and whose
   processes are gone, unless it is written: how the job ended, where the runner
   still noted that, else CAUSE and MESSAGE.  Return 1 if that was done.  */
int
azml__settle_write (azml__charge *charge, const char *cause, const char *message);

/* If nobody is in charge of run ID and its state is not terminal: kill what carries
   its AZML_RUN_ID and write the end ("machine restarted", "runner killed").
   *RET_SETTLED says whether that happened.  The lock is judged only on the host
   that status.json names.  */
int azml__settle (const azml__layout *layout, const char *id, int *ret_settled,
                  azml_error **err);

/* 1 if a container engine is to be asked for that, which may take its time.  */
int azml__settle_is_slow (const azml__layout *layout, const char *id);

#endif

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

#endif

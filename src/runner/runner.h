/* runner.h: the process that does the work of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_RUNNER_H
#define AZML_RUNNER_RUNNER_H

#include "charge/charge.h"

/* Do the work of the run of CHARGE, whose lock is held.  Returns 0 once the
   terminal state is written: the exit code of the runner process.  */
int azml__runner_main (azml__charge *charge);

#endif

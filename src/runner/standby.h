/* standby.h: the keeper's life.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_STANDBY_H
#define AZML_RUNNER_STANDBY_H

#include "charge/charge.h"

/* Pass signals on to the runner until it ends.  Its exit code becomes that of this
   process.  If it was killed, this process becomes `azml-runner take-over`, which ends
   the run.  */
_Noreturn void azml__stand_by (const azml__charge *charge);

/* What take-over does: end the run ID of LAYOUT, whose runner is dead and whose lock is
   held by the descriptor ALIVE.  Return the exit code of the run.  */
int azml__take_over (const azml__layout *layout, const char *id, int alive);

#endif

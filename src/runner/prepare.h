/* prepare.h: source, inputs, environment and steps, before the command starts.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_PREPARE_H
#define AZML_RUNNER_PREPARE_H

#include "runner/record.h"

/* Make source, inputs and environment, run the steps, fill runner->command.  On
   failure the cause is in the status (unless the run is to end anyway).  */
int azml__prepare (azml__runner *runner);

#endif

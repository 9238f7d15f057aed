/* leftover.h: files that the job left in its source folder.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_LEFTOVER_H
#define AZML_RUNNER_LEFTOVER_H

#include "runner/record.h"

/* Count the files of source/ that the job left there.  */
int64_t azml__leftover_count (const azml__runner *runner);

#endif

/* inner.h: the first process of a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_INNER_H
#define AZML_RUNNER_INNER_H

#include "core/json.h"
#include "runner/verb.h"

/* Execute what container/job.json of a run directory says, and write inner.json.  */
int azml__verb_inner (const azml__verb_line *line, const azml__layout *layout);

#endif

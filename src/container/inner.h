/* inner.h: the first process of a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_INNER_H
#define AZML_CONTAINER_INNER_H

#include "core/json.h"

/* Execute what container/job.json of the run directory PATH says, and write inner.json.
   Return the exit code of the process; 125 with *ERR: it could not begin, or could not
   write how it ended.  */
int azml__inner_run (const char *path, azml_error **err);

#endif

/* copy-out.h: what a container leaves, copied back where nothing was mounted.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_COPY_OUT_H
#define AZML_CONTAINER_COPY_OUT_H

#include "core/json.h"
#include "process/command.h"

/* End the container of ADDRESS (engine.json, which will not say again that there is something
   to bring back) and copy back what it leaves, into the run directory FOLDER and the shared
   one.  ENGINE has the words that reach it.  */
int azml__container_bring_back (int folder, json_t *address,
                                const azml__command *engine, azml_error **err);

#endif

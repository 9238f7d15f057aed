/* ready.h: a container that is about to start.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_READY_H
#define AZML_CONTAINER_READY_H

#include "container/container.h"

/* Turn COMMAND, which is the one inside, into the engine's that starts the container; write
   what the inner runner reads.  MACHINE are the GPUs of which the run has some, or NULL.  */
int
azml__container_ready (azml__container *container, const azml__gpu_list *machine,
                       azml__command *command, azml_error **err);

#endif

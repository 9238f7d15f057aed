/* gpus.h: what the engine and the machine tell of the ways to their GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_GPUS_H
#define AZML_CONTAINER_GPUS_H

#include "container/container.h"

/* Ask the engine, look at the machine, whose GPUs are MACHINE, and append the options for
   those of the run; none if it has none.  The door is noted in the status.  */
int azml__container_gpus (azml__container *container, const azml__gpu_list *machine,
                          azml__words *words, azml_error **err);

#endif

/* prepare.h: the engine and the image of a container, before the run wants them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_PREPARE_H
#define AZML_CONTAINER_PREPARE_H

#include "container/container.h"

/* Find the engine, see that the image is there and the environment's is built.  On failure
   *RET_CAUSE (borrowed for ever) is the cause for the status.  */
int azml__container_prepare (azml__container *container, const char **ret_cause,
                             azml_error **err);

#endif

/* farewell.h: a container whose work is done, while the engine removes it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The engine takes a third of the time of a short run to take down what is left of a container.
   The run need not wait for that: how its command ended is known, nothing of it lives, and the
   daemon that was told --rm removes the container whether somebody waits or not.  Where
   anything else depends on the removal (a GPU that others wait for, copies to bring back, a
   container that is ours to remove, a stop) it is waited for.  */

#ifndef AZML_CONTAINER_FAREWELL_H
#define AZML_CONTAINER_FAREWELL_H

#include "container/container.h"

/* The engine's command is about to start: have this process woken when the inner runner has
   told how it ended.  */
void azml__farewell_expect (azml__container *container);

/* 1 if it has, and is gone itself.  PID, the engine's command, is no concern of the run from
   then on.  */
int azml__farewell_came (azml__container *container, pid_t pid);

/* End the engine's command, which still waits for the removal.  */
void azml__farewell_end (azml__container *container);

#endif

/* end.h: a container that is at work, and how that ends.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_END_H
#define AZML_CONTAINER_END_H

#include "container/container.h"

/* Pass signal NUMBER on to the container, where signals to the engine's command do not
   reach it.  */
void azml__container_signal (const azml__container *container, int number);

/* The engine's command has ended.  Return 1 if the container goes on without it, as it does
   when the daemon is restarted with live-restore: *RET_PID is a child that ends with it.  */
int azml__container_goes_on (azml__container *container, pid_t *ret_pid);

/* The engine's command ended with STATUS, ITSELF or because of us: put how the job ended into
   the status.  Returns 1 if inner.json tells it, with the wait status of the job in
   *RET_STATUS; 0 if the container did not begin or was ended from outside: the cause is in
   the status.  */
int azml__container_end (const azml__container *container, int status, int itself,
                         int *ret_status);

#endif

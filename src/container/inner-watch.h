/* inner-watch.h: the processes in a container, while they are waited for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_INNER_WATCH_H
#define AZML_CONTAINER_INNER_WATCH_H

#include <sys/types.h>

#include "process/memory.h"
#include "process/usage.h"

typedef struct azml__inner_watch
{
  azml__usage usage;
  azml__memory memory;
  pid_t guard; /* waits for the end of those in charge outside; 0: nobody does */
  int orphan;  /* that has come */
} azml__inner_watch;

/* Start a process that waits for the lock of those in charge outside: who gets it was left
   alone.  It is given back at once: somebody may want it to clear up.  FOLDER is the run
   directory; COPIED: it is not that of those outside, whose end is that of the input.  */
void azml__inner_guard (azml__inner_watch *self, int folder, int copied);

/* Wait until PID has ended, or nobody is in charge any more.  Signals from outside are
   passed on.  */
void azml__inner_wait (azml__inner_watch *self, pid_t pid, int *ret_status);

/* End what the command left: a moment to end by itself, then TERM, then KILL.  */
void azml__inner_clear (azml__inner_watch *self);

#endif

/* state.c: the states of a run, and whether somebody is in charge of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "run/layout.h"

static const char *const names[] = { "submitting", "queued",  "preparing",
                                     "waiting",    "running", "finalizing",
                                     "completed",  "failed",  "canceled",
                                     "lost" };

#define N_STATES ((int)(sizeof names / sizeof *names))

const char *
azml__state_name (azml__state state)
{
  return (int)state >= 0 && (int)state < N_STATES ? names[state] : "unknown";
}

int
azml__state_parse (const char *name)
{
  for (int i = 0; name && i < N_STATES; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

int
azml__state_is_terminal (azml__state state)
{
  return state >= AZML__STATE_COMPLETED;
}

int
azml__run_is_alive (int folder)
{
  AZML_AUTO_CLOSE int fd = openat (folder, "alive", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno != ENOENT;
  while (flock (fd, LOCK_SH | LOCK_NB) < 0)
    if (errno != EINTR)
      return 1;
  return 0; /* closing the descriptor gives the lock back */
}

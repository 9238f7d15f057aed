/* inner-watch.c: the processes in a container, while they are waited for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/inner-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "process/signals.h"
#include "process/tree.h"

#define LINGER_MS 250
#define FAREWELL_MS 2000
#define SAMPLE_MS 500

/* Read what never comes: the end is that of those in charge outside.  */
static _Noreturn void
wait_for_input (void)
{
  char byte;
  ssize_t n;
  while ((n = read (0, &byte, 1)) > 0 || (n < 0 && errno == EINTR))
    continue;
  _exit (0);
}

void
azml__inner_guard (azml__inner_watch *self, int folder, int copied)
{
  int alive = openat (folder, "alive", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (alive < 0 && !copied)
    return;
  pid_t parent = getpid ();
  self->guard = fork ();
  if (self->guard == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      azml__signals_reset ();
      if (getppid () != parent)
        _exit (0);
      if (copied)
        wait_for_input ();
      while (flock (alive, LOCK_SH) < 0 && errno == EINTR)
        continue;
      flock (alive, LOCK_UN);
      _exit (0);
    }
  if (alive >= 0)
    close (alive);
  if (self->guard > 0)
    azml__tree_spare (self->guard);
}

/* Look at memory; see whether anybody is in charge.  */
static void
look (azml__inner_watch *self)
{
  azml__pids now = AZML__PIDS_INIT;
  azml__tree_list (&now);
  azml__usage_sample (&self->usage, now.pids, now.count);
  azml__pids_done (&now);
  azml__memory_look (&self->memory);
  if (self->guard > 0 && !azml__tree_is_spared (self->guard))
    self->orphan = 1;
}

/* Wait until PID has ended, or, with 0, all children; at most LIMIT_MS (-1: for ever).
   Signals from outside are passed on.  Return 1 if it has.  */
static int
watch (azml__inner_watch *self, pid_t pid, int limit_ms, int *ret_status)
{
  azml__reaped reaped = { .watched = pid, .usage = &self->usage };
  int64_t until = azml__clock_boot_ms () + limit_ms;
  int wait_ms = 10;
  for (;;)
    {
      int children = azml__tree_reap (&reaped);
      if (pid ? reaped.ended : !children)
        break;
      look (self);
      if (self->orphan || (limit_ms >= 0 && azml__clock_boot_ms () >= until))
        return 0;
      if (azml__signals_seen.stops)
        {
          azml__signals_seen.stops = 0;
          if (pid)
            kill (-pid, azml__signals_seen.stop);
          else
            azml__tree_signal (azml__signals_seen.stop);
        }
      azml__signals_wait (wait_ms);
      if (wait_ms < SAMPLE_MS && limit_ms < 0)
        wait_ms *= 2;
    }
  if (ret_status)
    *ret_status = reaped.status;
  return 1;
}

void
azml__inner_wait (azml__inner_watch *self, pid_t pid, int *ret_status)
{
  watch (self, pid, -1, ret_status);
}

void
azml__inner_clear (azml__inner_watch *self)
{
  azml__reaped reaped = { .usage = &self->usage };
  int left = 0;
  if (!self->orphan)
    {
      if (watch (self, 0, LINGER_MS, NULL))
        return;
      azml__tree_signal (SIGTERM);
      if (watch (self, 0, FAREWELL_MS, NULL))
        return;
    }
  azml__tree_kill (&reaped, &left);
}

/* start.c: when a process began, without reading /proc.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/start.h"

#include <unistd.h>

#include "core/clock.h"
#include "process/tree.h"

uint64_t
azml__process_now (void)
{
  static long ticks;
  if (!ticks)
    ticks = sysconf (_SC_CLK_TCK);
  return (uint64_t)azml__clock_boot_us () / (uint64_t)(1000000 / ticks);
}

/* Does the kernel tell the start of a process by the clock that we read?  0: not known.  */
static int is_our_clock;

void
azml__process_start_learn (pid_t pid, uint64_t before)
{
  if (!is_our_clock && azml__process_now () == before)
    is_our_clock = azml__process_start (pid) == before ? 1 : -1;
}

uint64_t
azml__process_start_between (pid_t pid, uint64_t before, uint64_t after)
{
  return before == after && is_our_clock > 0 ? after : azml__process_start (pid);
}

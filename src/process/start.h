/* start.h: when a process began, without reading /proc.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROCESS_START_H
#define AZML_PROCESS_START_H

#include <stdint.h>
#include <sys/types.h>

/* Number of clock ticks since the boot: what azml__process_start tells of a process that
   begins now.  */
uint64_t azml__process_now (void);

/* azml__process_start of PID, which was forked when azml__process_now said BEFORE, and was
   there when it said AFTER: nearly always that is the same tick, and reading it from /proc
   would be as dear as a fork.  */
uint64_t azml__process_start_between (pid_t pid, uint64_t before, uint64_t after);

/* Find out with PID, which was just forked at BEFORE, whether that is the kernel's tick.  */
void azml__process_start_learn (pid_t pid, uint64_t before);

#endif

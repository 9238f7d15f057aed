/* record.h: what the process that does the work of a run knows of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_RECORD_H
#define AZML_RUNNER_RECORD_H

#include <azml/cancel.h>

#include "charge/charge.h"
#include "charge/job.h"
#include "environment/environment.h"
#include "lease/lease.h"
#include "process/command.h"
#include "process/memory.h"
#include "process/usage.h"
#include "runner/pattern.h"
#include "runner/stop.h"

typedef struct azml__sampler azml__sampler;

typedef struct azml__runner
{
  azml__charge *charge;
  json_t *status;
  azml__job job;
  azml__command command; /* ready when the preparation is over */
  azml__stop stop;
  azml__usage usage;
  azml__memory memory;
  azml__patterns *patterns;
  azml__sampler *sampler; /* of GPUs; NULL: not begun, or there is none */
  azml_cancel *cancel;
  azml__environment_use environment;
  struct azml__container *container; /* or NULL: on the machine itself */
  azml__lease lease;                 /* the GPUs that it has */
  azml__gpu_list *gpus_before;       /* all of them, when it got its own; or NULL */
  json_t *linked; /* files of source/ that are links to objects, or NULL */
  int64_t
      prepared_ns; /* CLOCK_REALTIME: what is older in source/ is the snapshot's */
  int64_t entered_us; /* when the present state began, on CLOCK_BOOTTIME */
  int64_t limit_ms;   /* when the time is up, on CLOCK_BOOTTIME; 0: never */
  int orphan;         /* the keeper is dead */
  int unsaved;        /* status.json lags behind */
  int timed_out;
  int ended_itself;     /* the command ended, and nothing of ours made it */
  int stop_command_run; /* the wrapper's stop command was started */
  int reads_exact;      /* reads.json will tell what was read, not all there is */
  int disk_full;        /* a write of ours found no space */
  int log;              /* open for reading while patterns want it, else -1 */
} azml__runner;

/* Enter STATE: times, durations, event.  */
void azml__runner_enter (azml__runner *runner, azml__state state);

/* Note how long the state that ends now has taken.  */
void azml__runner_end_state (azml__runner *runner);

/* Write status.json, with SYNC so that it stays.  */
int azml__runner_write (azml__runner *runner, int sync);

/* Bring status.json up to date: something takes more than a moment.  */
void azml__runner_save (azml__runner *runner);

#endif

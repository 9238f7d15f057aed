/* runner.h: the process that does the work of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_RUNNER_H
#define AZML_RUNNER_RUNNER_H

#include <azml/cancel.h>

#include "charge/charge.h"
#include "charge/job.h"
#include "environment/environment.h"
#include "lease/lease.h"
#include "process/command.h"
#include "process/memory.h"
#include "process/usage.h"
#include "runner/pattern.h"
#include "runner/sampler.h"
#include "runner/stop.h"

struct azml__runner
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
};

/* Do the work of the run of CHARGE, whose lock is held.  Returns 0 once the
   terminal state is written: the exit code of the runner process.  */
int azml__runner_main (azml__charge *charge);

/* Enter STATE: times, durations, event.  */
void azml__runner_enter (azml__runner *runner, azml__state state);

/* Bring status.json up to date: something takes more than a moment.  */
void azml__runner_save (azml__runner *runner);

/* Wait for process PID, which azml__command_start made: stops, the time limit, the
   death of the keeper and samples are seen to meanwhile.  Store its status in
   *RET_STATUS.  Return 1 if nothing of ours ended it, 0 if the run is to end.  */
int azml__runner_watch (azml__runner *runner, pid_t pid, int *ret_status);

/* After the first process ended: give what it left a moment to end, then kill it.
 */
void azml__runner_clear (azml__runner *runner);

/* Look at stop requests and the keeper.  Return 1 if the run is to end.  */
int azml__runner_is_ending (azml__runner *runner);

/* Make source, inputs and environment, run the steps, fill runner->command.  On
   failure the cause is in the status (unless the run is to end anyway).  */
int azml__prepare (azml__runner *runner);

/* Fill runner->command: ACTIVE is what the environment gives, see prepare.c.  */
typedef struct azml__active
{
  char *bin;         /* folder for the front of PATH, or NULL */
  char *python;      /* interpreter, or NULL */
  char **prefix;     /* command prefix, borrowed, or NULL */
  json_t *variables; /* or NULL */
} azml__active;

int
azml__compose (azml__runner *runner, const azml__active *active, azml_error **err);

/* The five variables that name the run and its places.  */
void azml__compose_places (const azml__charge *charge, azml__words *variables);

/* Take the GPUs that the job asks for, or wait for them, and put them into
   runner->command.  Returns 0 also if the run is to end.  On failure the cause is in the
   status.  */
int azml__lease_run (azml__runner *runner);

/* Count the files of source/ that the job left there.  */
int64_t azml__leftover_count (const azml__runner *runner);

#endif

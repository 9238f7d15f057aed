/* stop.h: a run that is to stop.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The first signal goes to the job's process group; when the grace period is over,
   everything is killed.  A further request never prolongs that.  */

#ifndef AZML_RUNNER_STOP_H
#define AZML_RUNNER_STOP_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "run/layout.h"

typedef struct azml__stop
{
  int requests; /* how many were made; 0: none */
  int first_signal;
  int signal;       /* to be sent to the job now, 0: none */
  int escalated;    /* INT or HUP was followed by TERM */
  int64_t asked_ms; /* on CLOCK_BOOTTIME */
  int64_t kill_ms;  /* then everything is killed */
  char by[32];
  /* What of stop.json was read already.  */
  ino_t inode;
  int64_t changed;
  int named; /* the folder was seen with a name */
} azml__stop;

/* Ask for a stop; GRACE in seconds.  */
void azml__stop_ask (azml__stop *stop, int signal, double grace, const char *by);

/* Take over what stop.json in FOLDER asks, if it is new; that FOLDER was removed is such a
   wish, too.  GRACE is the job's own.  */
void azml__stop_look (azml__stop *stop, int folder, double grace);

/* Take over the signals that came.  */
void azml__stop_take_signals (azml__stop *stop, double grace);

/* INT and HUP are followed by TERM at half of the grace period: put that into
   STOP->signal when its time has come.  */
void azml__stop_escalate (azml__stop *stop);

/* Milliseconds until something is to be done, at most LIMIT (-1: for ever).  */
int azml__stop_wait (const azml__stop *stop, int limit);

/* Ask the run to stop: write stop.json and wake keeper or runner.  *RET_STATE
   (borrowed for ever) is the state found.  A run that ended already is left alone.
 */
int azml__stop_run (const azml__layout *layout, const char *id, int signal,
                    double grace, const char *by, const char **ret_state,
                    azml_error **err);

#endif

/* charge.h: what the processes in charge of a run know about it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Keeper and runner share this: the runner is forked from the keeper.  */

#ifndef AZML_CHARGE_CHARGE_H
#define AZML_CHARGE_CHARGE_H

#include <jansson.h>
#include <sys/types.h>

#include "core/random.h"
#include "run/layout.h"
#include "lease/lease.h"

/* How a run that was just made comes to stay on disk.  Of a thousand runs of a moment, each
   would wait for the disk five times; they may be made to stay all at once, by whoever
   submits them (operation sync of doc/protocol.md).  A run that lasts longer than the
   moment is not left to that.  */
typedef enum azml__sync
{
  AZML__SYNC_DONE,    /* it was made before */
  AZML__SYNC_NOW,     /* the keeper calls fsync, and reports then */
  AZML__SYNC_TOGETHER /* not before AZML__MOMENT_MS have passed */
} azml__sync;

#define AZML__MOMENT_MS 100

typedef struct azml__charge
{
  char id[AZML__RANDOM_ID_SIZE];
  char *path; /* the run directory, absolute */
  char *root; /* environments, shares */
  char *objects;
  int folder;  /* the run directory, open */
  int alive;   /* the lock; shared by keeper and runner, never by the job */
  int ballast; /* room for the last words when the disk is full */
  int events;  /* events.jsonl; -1: not opened yet */
  pid_t keeper;
  pid_t runner;
  mode_t user_umask; /* what the job gets */
  int64_t start_us;  /* on CLOCK_BOOTTIME */
  const json_t *run; /* run.json and job.json, borrowed, where they came with the */
  const json_t *job; /* request; else NULL: they are files */
  json_t *status;    /* as it was when the lock was taken, for the runner */
  int report;        /* where the keeper tells how far it is; -1: nowhere */
  int go; /* a byte for keeper and runner each is in here once the run has its place
             and its name; -1: it has both */
  azml__sync sync;
  azml__lease_keep leases;
  uint64_t keeper_start; /* as azml__process_start, 0: not known */
  uint64_t runner_start;
  int no_lease; /* the run leases nothing: see azml__lease_is_vain */
} azml__charge;

#define AZML__CHARGE_INIT                                                          \
  {                                                                                \
    "", NULL, NULL, NULL, -1, -1, -1, -1, 0, 0, 022, 0, NULL, NULL, NULL, -1, -1,  \
        AZML__SYNC_DONE, AZML__LEASE_KEEP_INIT, 0, 0, 0                            \
  }

/* Fill *CHARGE for run ID of LAYOUT: paths and the open folder, which has another name
   as long as the run waits for its place.  AZML_E_NOT_FOUND: no such run.  */
int azml__charge_open (azml__charge *charge, const azml__layout *layout,
                       const char *id, azml_error **err);

/* Wait until the run has its place, if it must.  Return 0 if it never gets one: who gives them
   is gone, and the run has no name.  */
int azml__charge_await_place (azml__charge *charge);

/* Lock `alive`.  AZML_E_BUSY: somebody is in charge already.  WAIT_MS: how long to
   bear with somebody who only looks.  *RET_FIRST: nobody ever was before.  */
int azml__charge_lock (azml__charge *charge, int wait_ms, int *ret_first,
                       azml_error **err);

/* Write the pids of keeper and runner to `alive`, and which file that is.  */
int azml__charge_sign (azml__charge *charge, azml_error **err);

/* 1 if the run directory is a copy of one in which a run went on: `alive` says that it is
   another file.  */
int azml__charge_is_copied (const azml__charge *charge);

/* The processes that `alive` of the run directory FOLDER names, 0 for those that
   are gone (or whose pid belongs to another process now).  */
void azml__charge_processes (int folder, pid_t *ret_keeper, pid_t *ret_runner);

/* Take the ballast on board; give it up so that its room can be used.  */
void azml__charge_load_ballast (azml__charge *charge);
void azml__charge_drop_ballast (azml__charge *charge);

/* Append EVENT (taken) with the time to events.jsonl: one write.  An event that
   cannot be written is lost, the run goes on.  */
void azml__charge_event (azml__charge *charge, json_t *event);

/* Close events.jsonl: that wakes whoever waits for the run to be over.  */
void azml__charge_events_end (azml__charge *charge);

/* Remove what may hold secrets and is of no use when the run has ended: job.json, and the
   file `private` of a set-up line that was killed.  */
void azml__charge_forget (const azml__charge *charge);

/* run.json of the run (new); NULL if it cannot be read.  */
json_t *azml__charge_run (const azml__charge *charge);

void azml__charge_done (azml__charge *charge);

/* Set this process's umask for our files; remember and return the user's.  */
mode_t azml__umask_take (void);

#endif

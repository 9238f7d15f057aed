/* keeper.h: the process that is in charge of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A run has two processes of ours.  The keeper (session leader, child subreaper)
   holds the lock on `alive` and waits; the runner below it, also a subreaper, does
   the work. If the runner dies, the keeper kills the job and writes the end; if the
   keeper dies, the runner does.  */

#ifndef AZML_RUNNER_KEEPER_H
#define AZML_RUNNER_KEEPER_H

#include <sys/types.h>

#include "charge/charge.h"
#include "run/layout.h"

/* Accept a run: make the directory aside with run.json, job.json (0600), outputs/,
   an empty log, events.jsonl and status.json (queued); give it its name; fsync
   run.json and the folder.  RUN and JOB are as in doc/run-directory.md.  *RET_NEW 0: ID exists
   already, nothing was done.  */
int azml__accept (const azml__layout *layout, const char *id, const json_t *run,
                  const json_t *job, int *ret_new, azml_error **err);

/* The same in two steps, so that a keeper can be at work while the disk is: the run is
   there, but may be reported as accepted only after azml__accept_sync.  *RET_FOLDER is
   its directory, open, when *RET_NEW is 1.  JOB NULL: the caller puts a keeper in charge
   at once and gives it the job; then there is no job.json, and no status.json for now: a
   file that is removed at the end of each run makes the next ones slow on some file
   systems.  */
int azml__accept_begin (const azml__layout *layout, const char *id,
                        const json_t *run, const json_t *job, int *ret_new,
                        int *ret_folder, azml_error **err);
int azml__accept_sync (int folder, azml_error **err);

/* Fork the keeper of run ID, detached from this process's terminal, descriptors and
   folder.  Returns once it holds the lock on `alive`.  The keeper's pid is stored
   in *RET_PID: this process is its parent until it ends itself, and reaps it.  */
int azml__keeper_start (const azml__layout *layout, const char *id, pid_t *ret_pid,
                        azml_error **err);

/* The same in two steps.  RUN and JOB (borrowed) are run.json and job.json where the
   caller has them, else NULL.  SYNC: the run was just made, and the keeper is to call
   azml__accept_sync while its runner is at work.  *RET_FD (new) is readable when there is
   something for azml__keeper_report.  */
int azml__keeper_begin (const azml__layout *layout, const char *id,
                        const json_t *run, const json_t *job, azml__sync sync,
                        pid_t *ret_pid, int *ret_fd, azml_error **err);

typedef struct azml__keeper_news
{
  char text[512];
  size_t length;
  int locked, synced; /* what the keeper has done */
  int over;           /* nothing more will come */
} azml__keeper_news;

/* Read what the keeper has to report from FD.  Fails with what it failed for; where it
   was killed before it had the lock, with AZML_E_FAILED.  */
int azml__keeper_report (int fd, azml__keeper_news *news, azml_error **err);

/* The same in this process, without forking a keeper: for `azml-runner exec ID`.  This
   process ends with the exit code of the run (doc/run-directory.md, table of causes);
   the function returns it only if the run could not begin.  */
int azml__keeper_run (const azml__layout *layout, const char *id);

/* Ask the run to stop: write stop.json and wake keeper or runner.  *RET_STATE
   (borrowed for ever) is the state found.  A run that ended already is left alone.
 */
int azml__keeper_stop (const azml__layout *layout, const char *id, int signal,
                       double grace, const char *by, const char **ret_state,
                       azml_error **err);

/* If nobody is in charge of run ID and its state is not terminal: kill what carries
   its AZML_RUN_ID and write the end ("machine restarted", "runner killed").
   *RET_SETTLED says whether that happened.  The lock is judged only on the host
   that status.json names.  */
int azml__settle (const azml__layout *layout, const char *id, int *ret_settled,
                  azml_error **err);

#endif

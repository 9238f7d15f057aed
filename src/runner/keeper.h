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

/* Fork the keeper of run ID, detached from this process's terminal, descriptors and
   folder.  Returns once it holds the lock on `alive`.  The keeper's pid is stored
   in *RET_PID: this process is its parent until it ends itself, and reaps it.  */
int azml__keeper_start (const azml__layout *layout, const char *id, pid_t *ret_pid,
                        azml_error **err);

/* What a keeper gets with it.  */
typedef struct azml__keeper_order
{
  const json_t *run,
      *job; /* run.json and job.json (borrowed), NULL: they are files */
  json_t *
      status; /* the first one of a run that was made just now (borrowed), or NULL */
  azml__sync
      sync;  /* whether the keeper is to call azml__accept_sync while its runner is
                      at work */
  int waits; /* the run has no name yet (azml__accept_make), nor its place */
} azml__keeper_order;

typedef struct azml__keeper
{
  pid_t pid;
  int report; /* (new) readable when there is something for azml__keeper_report */
  int go; /* (new) of one that waits, for azml__keeper_go: closed, keeper and runner
                 end; else -1 */
} azml__keeper;

/* The same in two steps.  */
int azml__keeper_begin (const azml__layout *layout, const char *id,
                        const azml__keeper_order *order, azml__keeper *ret,
                        azml_error **err);

/* Tell the keeper that waits at the other end of GO (taken) that its run has name and
   place.  One that is dead is found by whoever looks at the run.  */
void azml__keeper_go (int go);

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

#endif

/* accept.h: a run gets its directory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_ACCEPT_H
#define AZML_RUNNER_ACCEPT_H

#include "core/json.h"
#include "run/layout.h"

/* Accept a run: make the directory aside with run.json, job.json (0600), outputs/,
   an empty log, events.jsonl and status.json (queued); give it its name; fsync
   run.json and the folder.  RUN and JOB are as in doc/run-directory.md.  *RET_NEW 0: ID exists
   already, nothing was done.  */
int azml__accept (const azml__layout *layout, const char *id, const json_t *run,
                  const json_t *job, int *ret_new, azml_error **err);

/* The same in two steps, so that a keeper can be at work while the disk is: the run is
   there, but may be reported as accepted only after azml__accept_sync.  *RET_FOLDER is
   its directory, open, and *RET_STATUS (new) its first status, when *RET_NEW is 1.  JOB
   NULL: the caller puts a keeper in charge at once and gives it the job; then there is no
   job.json, and no status.json for now: a file that is removed at the end of each run makes
   the next ones slow on some file systems.  */
int azml__accept_begin (const azml__layout *layout, const char *id,
                        const json_t *run, const json_t *job, int *ret_new,
                        int *ret_folder, json_t **ret_status, azml_error **err);

/* The first of these steps in two, for a run that has to wait: make its directory, which
   nobody takes for a run, and give it its name.  *RET_FOLDER holds a lock: others leave
   alone what it leads to.  AZML_E_EXISTS: there is a run of that name by now.  */
int azml__accept_make (const azml__layout *layout, const char *id,
                       const json_t *run, const json_t *job, int *ret_new,
                       int *ret_folder, json_t **ret_status, azml_error **err);
int
azml__accept_name (const azml__layout *layout, const char *id, azml_error **err);

/* Remove what was made so and has no name yet.  */
void azml__accept_withdraw (const azml__layout *layout, const char *id);

int azml__accept_sync (int folder, azml_error **err);

#endif

/* status.h: status.json, as it is written.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   doc/run-directory.md has the form and the causes.  */

#ifndef AZML_CHARGE_STATUS_H
#define AZML_CHARGE_STATUS_H

#include <jansson.h>

#include "core/error.h"
#include "run/layout.h"

/* A status of run ID on this machine, state queued (new).  NULL: out of memory.  */
json_t *azml__status_new (const char *id);

/* Set the state and its time.  */
void azml__status_enter (json_t *status, azml__state state);

azml__state azml__status_state (const json_t *status);

/* Read status.json of the run directory FOLDER; a missing or unreadable one is made
   anew for ID (new) from what events.jsonl tells.  NULL: out of memory.  */
json_t *azml__status_read (int folder, const char *id);

/* Replace status.json.  SYNC: it is the end.  */
int
azml__status_write (int folder, const json_t *status, int sync, azml_error **err);

/* Note an end: CAUSE (or NULL) and, unless NULL, MESSAGE.  */
void azml__status_cause (json_t *status, const char *cause, const char *message);

/* Set the terminal state that exit_code, signal and cause mean.  */
void azml__status_end (json_t *status);

/* 1 if STATUS has what azml__status_end needs: it says how the job ended.  */
int azml__status_has_outcome (const json_t *status);

/* The exit code of a foreground run that ended as STATUS says.  */
int azml__status_exit_code (const json_t *status);

/* The event {"event": "ended", ...} for STATUS (new).  */
json_t *azml__status_ended (const json_t *status);

#endif

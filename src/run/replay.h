/* replay.h: what events.jsonl knows of a run whose status.json lags behind.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUN_REPLAY_H
#define AZML_RUN_REPLAY_H

#include <jansson.h>

#include "core/error.h"

/* How the run in the open FOLDER stands (new): status.json, or what events.jsonl tells of a
   run that has none yet.  AZML_E_NOT_FOUND: it was never accepted here.  */
int azml__run_status (int folder, json_t **ret, azml_error **err);

/* Bring STATUS up to what events.jsonl of the run directory FOLDER tells: states, their
   times, how the job ended.  Store 1 in *RET_ENDED if the end was told, too.  */
void azml__replay (json_t *status, int folder, int *ret_ended);

#endif

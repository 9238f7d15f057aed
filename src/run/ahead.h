/* ahead.h: a snapshot that is sent while it is taken.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUN_AHEAD_H
#define AZML_RUN_AHEAD_H

#include "session/session.h"
#include "snapshot/snapshot.h"

/* Take a snapshot as azml__snapshot_take does, and send over SESSION (borrowed) what the
   other side lacks of it, as far as it goes meanwhile; STORE is the folder of OBJECTS.  In
   the report are also "begun" (absent: nothing), what azml__session_put wants to know, and
   "lost": why, if the session is of no use any more.  A session of which no runner has ever
   read anything is an error.  */
int azml__snapshot_take_ahead (const char *source, azml__objects *objects,
                               const char *store, azml__session *session,
                               const azml__snapshot_options *options,
                               json_t **ret_report, azml_error **err);

#endif

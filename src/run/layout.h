/* layout.h: the places of runs and objects, and the names in a run directory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   doc/run-directory.md is the reference.  */

#ifndef AZML_RUN_LAYOUT_H
#define AZML_RUN_LAYOUT_H

#include "core/error.h"
#include "core/random.h"

typedef struct azml__layout
{
  char *root; /* environments; runs and objects too unless named otherwise */
  char *runs;
  char *objects;
} azml__layout;

void azml__layout_done (azml__layout *layout);

/* Fill *RET.  ROOT NULL: $AZML_ROOT, else ~/.local/share/azml; RUNS, OBJECTS NULL:
   folders of ROOT.  "~/" in front is the home folder.  Nothing is made.
   AZML_E_NOT_FOUND: neither HOME nor AZML_ROOT says where.  */
int azml__layout_find (const char *root, const char *runs, const char *objects,
                       azml__layout *ret, azml_error **err);

/* LAYOUT->runs/ID (new).  AZML_E_INVALID: ID is not a run id.  */
int azml__layout_run (const azml__layout *layout, const char *id, char **ret,
                      azml_error **err);

/* What a run directory is called before it has its name, and when it has lost it: .new-ID, in
   NAME.  1 if NAME is such a one.  */
#define AZML__ASIDE_SIZE (sizeof ".new-" + AZML__RANDOM_ID_LENGTH)
void azml__run_aside (const char *id, char name[AZML__ASIDE_SIZE]);
int azml__run_is_aside (const char *name);

/* LAYOUT->runs/.new-ID (new): where the run is made before it gets its name.  */
int azml__layout_aside (const azml__layout *layout, const char *id, char **ret,
                        azml_error **err);

/* 1 if ID is 12 characters of [a-z0-9].  */
int azml__run_id_is_valid (const char *id);

/* The states, in order; a name <-> number.  */
typedef enum azml__state
{
  AZML__STATE_SUBMITTING,
  AZML__STATE_QUEUED,
  AZML__STATE_PREPARING,
  AZML__STATE_WAITING,
  AZML__STATE_RUNNING,
  AZML__STATE_FINALIZING,
  AZML__STATE_COMPLETED,
  AZML__STATE_FAILED,
  AZML__STATE_CANCELED,
  AZML__STATE_LOST
} azml__state;

const char *azml__state_name (azml__state state);
int azml__state_parse (const char *name); /* -1: no such state */
int azml__state_is_terminal (azml__state state);

/* 1 if the run directory open as FOLDER has somebody in charge: `alive` is locked,
   or it cannot be told.  0 if nobody is (or there is no `alive` yet).

   The look is a shared lock, held for microseconds, so that two observers do not
   take each other for a keeper.  A keeper that starts may meet one: it tries its
   exclusive lock again for a moment before it gives up.  */
int azml__run_is_alive (int folder);

#endif

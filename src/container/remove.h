/* remove.h: the end of a container, whoever brings it about.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_REMOVE_H
#define AZML_CONTAINER_REMOVE_H

#include "charge/charge.h"

/* Remove the container that the run directory FOLDER names, if there is one: it and all in it
   is gone then.  What was copied comes back first.  For whoever ends a run.  */
void azml__container_remove (int folder);

/* The same; an error if not all came back.  */
int azml__container_take_leave (int folder, azml_error **err);

/* Who told the engine to make the container of CHARGE was ended before it had begun: see that
   none comes after all.  Nothing, if azml__container_remove had one to remove.  That there may
   be one all the same is an event.  */
void azml__container_remove_late (azml__charge *charge);

/* Remove what only the container needed.  */
void azml__container_tidy (int folder);

#endif

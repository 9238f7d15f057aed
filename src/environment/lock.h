/* lock.h: one builder of an environment at a time, and none while it is used.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The lock is flock on ROOT/env/HASH.lock.  Who builds or removes the environment
   holds it alone; who uses it shares it.  While somebody builds, the file says who:
   {"holder", "pid", "host", "since"}.  Who removes the environment removes the file,
   too, so a lock that was got counts only while the file still has its name.  */

#ifndef AZML_ENVIRONMENT_LOCK_H
#define AZML_ENVIRONMENT_LOCK_H

#include "environment/environment.h"

/* Wait for the lock of PLAN's environment until it is got (*RET_FD, new): shared if
   the environment is complete (*RET_COMPLETE), alone if it must be built.  Tell
   OPTIONS->event whom for.  Where no lock can be had (a root of somebody else) *RET_FD
   is -1 for a complete environment.  AZML_E_CANCELLED.  */
int azml__lock_get (const azml__environment_plan *plan,
                    const azml__environment_options *options, int *ret_fd,
                    int *ret_complete, azml_error **err);

/* Write into the lock file FD that HOLDER (may be NULL) builds.  What goes wrong costs
   others an explanation, nothing else.  */
void azml__lock_sign (int fd, const char *holder);

/* Get the lock file NAME of FOLDER (made if there is none) alone, at once.  Return its
   descriptor (new), or -1 if somebody holds it.  */
int azml__lock_try (int folder, const char *name);

/* Tell OPTIONS->event WHAT happens to PLAN's environment, because of the run HOLDER
   (may be NULL), or because runs use it.  */
void azml__lock_tell (const azml__environment_plan *plan,
                      const azml__environment_options *options, const char *what,
                      const char *holder, int in_use);

#endif

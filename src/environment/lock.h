/* lock.h: one builder of an environment at a time.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The lock is flock on ROOT/env/HASH.lock, a file that is never removed.  It says
   who holds it: {"holder", "pid", "host", "since"}.  */

#ifndef AZML_ENVIRONMENT_LOCK_H
#define AZML_ENVIRONMENT_LOCK_H

#include "environment/environment.h"

/* Wait for the lock of PLAN's environment, telling OPTIONS->event whom for, until
   it is got (*RET_FD, new) or the environment is complete (*RET_FD is -1).
   AZML_E_CANCELLED.  */
int azml__lock_get (const azml__environment_plan *plan,
                    const azml__environment_options *options, int *ret_fd,
                    azml_error **err);

/* Tell OPTIONS->event WHAT happens to PLAN's environment, because of the run HOLDER
   (may be NULL).  */
void azml__lock_tell (const azml__environment_plan *plan,
                      const azml__environment_options *options, const char *what,
                      const char *holder);

#endif

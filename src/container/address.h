/* address.h: how the engine is reached again, for whoever ends a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Perhaps that is another process, with other variables.  */

#ifndef AZML_CONTAINER_ADDRESS_H
#define AZML_CONTAINER_ADDRESS_H

#include "container/container.h"
#include "core/buffer.h"

/* Write container/engine.json of the run.  */
int azml__address_write (const azml__container *container, azml_error **err);

/* Read how the engine of the run directory FOLDER is reached into *RET (new), and into
   COMMAND, whose argv gets no verb yet.  1 if there is a container of ours.  */
int azml__address_read (int folder, azml__command *command, json_t **ret);

/* How many milliseconds an engine has: half a minute, but next to nothing once it has let that
   pass.  Who ends a run asks more than once, and waits only once for one that hangs.  */
int azml__address_patience_ms (void);

/* Execute ENGINE, as azml__address_read makes it, with WORDS; after LIMIT_MS it is killed.  What
   it says comes in SAID.  1 if it ended well, 0 if not, -1 if it was killed.  */
int azml__address_ask (const azml__command *engine, const char *const *words,
                       int64_t limit_ms, azml__buffer *said);

/* Wait for the engine's command PID, for LIMIT_MS.  Returns the same.  */
int azml__address_wait (pid_t pid, int64_t limit_ms);

#endif

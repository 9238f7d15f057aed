/* ask.h: the engine of a container, asked and put to work.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_ASK_H
#define AZML_CONTAINER_ASK_H

#include "container/container.h"
#include "core/buffer.h"

/* Execute the engine with WORDS and append what it prints to OUTPUT, at most so many SECONDS
   long.  Store its wait status in *RET_STATUS.  AZML_E_CANCELLED: the run is to end;
   AZML_E_TIMEOUT: the daemon hangs.  */
int azml__container_ask (const azml__container *container, char *const *words,
                         int seconds, azml__buffer *output, int *ret_status,
                         azml_error **err);

/* The same for what may take long, with the output in prepare.log.  On failure (a status
   that is not 0) ERR has what the last lines tell; WHAT is how the message begins.  */
int azml__container_work (const azml__container *container, char *const *words,
                          const char *what, azml_error **err);

/* And with INPUT (-1: none) to read.  */
int azml__container_feed (const azml__container *container, char *const *words,
                          int input, const char *what, azml_error **err);

/* What prepare.log of the run directory FOLDER has from OFFSET on.  */
void azml__prepare_log_read (int folder, off_t offset, azml__buffer *output);
off_t azml__prepare_log_size (int folder);

#endif

/* copy-in.h: a container that has copies in place of mounts.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_COPY_IN_H
#define AZML_CONTAINER_COPY_IN_H

#include "container/container.h"

/* 1 if the container did not begin because the daemon cannot mount what it was to.  */
int azml__container_is_shut_out (const azml__container *container);

/* Say that there will be copies, and WHY.  */
void
azml__container_tell_copied (const azml__container *container, const char *why);

/* Make the container with the WORDS of `create`, and copy all into it that the run needs;
   WORDS become those that start it, and COMMAND gets its input.  */
int azml__container_fill (azml__container *container, azml__words *words,
                          azml__command *command, azml_error **err);

#endif

/* mount.h: a mount, as the words of an engine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_MOUNT_H
#define AZML_CONTAINER_MOUNT_H

#include "process/words.h"

/* Append the options for a mount of FROM at TO.  */
void azml__mount_add (azml__words *words, const char *from, const char *to,
                      int read_only);

#endif

/* ssh-line.h: a line for whatever shell a user logs in with.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_LINE_H
#define AZML_CHANNEL_SSH_LINE_H

#include "core/error.h"

/* Store in *RET (new) the line that makes any login shell (sh, bash, zsh, fish, tcsh)
   execute LINE by /bin/sh in its own place.  */
int azml__ssh_line (const char *line, char **ret, azml_error **err);

#endif

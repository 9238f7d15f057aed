/* ssh-host-key.h: is it the machine that we mean?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_HOST_KEY_H
#define AZML_CHANNEL_SSH_HOST_KEY_H

#include "channel/ssh-session.h"

/* The host key of SSH is that of whom we mean.  */
int azml__ssh_verify (azml__ssh *ssh, const azml__ssh_how *how, azml_error **err);

/* The kinds of host keys to ask for: those that are known come first (new), NULL:
   none is.  */
char *azml__ssh_known_kinds (const azml__ssh_config *config);

#endif

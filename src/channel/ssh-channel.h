/* ssh-channel.h: a program executed over a libssh session.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_CHANNEL_H
#define AZML_CHANNEL_SSH_CHANNEL_H

#include "channel/connection.h"
#include "channel/ssh-session.h"

/* Execute TEXT, which is for the login shell, over SSH (borrowed from CONNECTION, of
   which the channel holds a reference).  Does not wait.  Store the channel (new) in
   *RET.  */
int
azml__ssh_channel_open (azml__connection *connection, azml__ssh *ssh,
                        const char *text, azml__channel **ret, azml_error **err);

#endif

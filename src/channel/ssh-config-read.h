/* ssh-config-read.h: what ~/.ssh/config says about a host.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Read by ourselves: libssh looks for the file without regard to $HOME, knows no
   ProxyJump of its own, and does not tell what was said and what is its default.  */

#ifndef AZML_CHANNEL_SSH_CONFIG_READ_H
#define AZML_CHANNEL_SSH_CONFIG_READ_H

#include "channel/ssh-config.h"

/* Store in *RET (new) what is said about NAME, [user@]host or ssh://[user@]host[:port]: first what is given here (USERNAME,
   PORT 0 and IDENTITY may be left out), then what FILE says, or, without one (NULL),
   $HOME/.ssh/config and then /etc/ssh/ssh_config.  Tokens and ~ are replaced.  Host
   name, port and user are always there.  AZML_E_INVALID: a line is wrong;
   AZML_E_NOT_FOUND: there is no FILE.  */
int azml__ssh_config_read (const char *name, const char *username, int port,
                           const char *identity, const char *file,
                           azml__ssh_config **ret, azml_error **err);

#endif

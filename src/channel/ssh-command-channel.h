/* ssh-command-channel.h: a program executed by the ssh command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_COMMAND_CHANNEL_H
#define AZML_CHANNEL_SSH_COMMAND_CHANNEL_H

#include "channel/connection.h"

/* Which word of the command is ssh; its options follow.  */
#define AZML__SSH_COMMAND_PROGRAM 3

/* Execute ARGV (taken, free with azml__strings_free), an ssh command to ADDRESS
   (borrowed from CONNECTION).  As long as the machine refuses for its load, and
   at most PATIENCE_MS, it is tried again.  Store the channel (new) in *RET.  */
int azml__ssh_command_channel (azml__connection *connection, char **argv,
                               const char *address, int patience_ms,
                               azml__channel **ret, azml_error **err);

#endif

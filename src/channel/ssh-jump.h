/* ssh-jump.h: to a host through another one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_JUMP_H
#define AZML_CHANNEL_SSH_JUMP_H

#include "channel/ssh-session.h"

/* Reach CONFIG's host through its jump host TARGET, user@host:port.  */
int
azml__ssh_jump_open (const azml__ssh_config *config, const char *target,
                     const azml__ssh_how *how, int64_t end, azml__ssh_jump **ret,
                     int *ret_fd, azml__ssh_reason *ret_reason, azml_error **err);
void azml__ssh_jump_free (azml__ssh_jump *jump);

#endif

/* ssh-login.h: connect to a host, and log in.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_LOGIN_H
#define AZML_CHANNEL_SSH_LOGIN_H

#include "channel/ssh-session.h"

/* Connect to CONFIG's host (taken) and log in.  *RET_REASON, when it fails, tells
   whether it is worth another attempt.  Store the session (new) in *RET.  */
int
azml__ssh_log_in (azml__ssh_config *config, const azml__ssh_how *how,
                  azml__ssh **ret, azml__ssh_reason *ret_reason, azml_error **err);
void azml__ssh_free (azml__ssh *ssh);
AZML_DEFINE_AUTO (azml__ssh, azml__ssh_free)

#endif

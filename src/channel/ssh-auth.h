/* ssh-auth.h: prove who we are.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_AUTH_H
#define AZML_CHANNEL_SSH_AUTH_H

#include "channel/ssh-session.h"

/* Prove who we are.  */
int
azml__ssh_authenticate (azml__ssh *ssh, const azml__ssh_how *how, azml_error **err);

#endif

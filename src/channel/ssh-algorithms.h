/* ssh-algorithms.h: which ciphers, keys and the like a session may use.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_ALGORITHMS_H
#define AZML_CHANNEL_SSH_ALGORITHMS_H

#include "channel/ssh-session.h"

/* Tell libssh what SSH's configuration says of algorithms and compression, and what we
   prefer where it says nothing.  */
int azml__ssh_set_algorithms (azml__ssh *ssh, azml_error **err);

#endif

/* ssh-keys.h: prove who we are with a key.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_KEYS_H
#define AZML_CHANNEL_SSH_KEYS_H

#include "channel/ssh-session.h"

/* Try the keys, those of the agent included.  Return an SSH_AUTH_ value;
   what stood in the way is added to *NOTES.  -1: *ERR is set.  */
int azml__ssh_try_keys (azml__ssh *ssh, const azml__ssh_how *how,
                        azml__buffer *notes, int *ret_auth, azml_error **err);

#endif

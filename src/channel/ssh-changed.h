/* ssh-changed.h: a host key that has changed, as the ssh command tells it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_CHANGED_H
#define AZML_CHANNEL_SSH_CHANGED_H

#include "core/error.h"

/* Set *ERR to what TEXT, the end of the standard error of ssh, says of the key of ADDRESS:
   both fingerprints and the line that has the old one, as far as it says so.  Return the
   code.  */
int
azml__ssh_fail_changed (azml_error **err, const char *address, const char *text);

#endif

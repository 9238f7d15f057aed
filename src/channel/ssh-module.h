/* ssh-module.h: what the module azml-ssh shows to libazml.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libssh and what it needs take 3 ms to load, so only a command that reaches for a
   machine does it.  The module has its own copy of src/core; what goes over the border
   is opaque there, or freed through its own functions.  */

#ifndef AZML_CHANNEL_SSH_MODULE_H
#define AZML_CHANNEL_SSH_MODULE_H

#include "channel/connection-private.h"

struct azml__ssh_module
{
  const char *version; /* of the package: another one's is refused */
  azml__connection_opener *open;
};

/* The symbol that is looked up.  */
#define AZML__SSH_MODULE_SYMBOL "azml_ssh_module"

#endif

/* ssh-command-config.h: what the ssh command knows of a host, and what we add to it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_COMMAND_CONFIG_H
#define AZML_CHANNEL_SSH_COMMAND_CONFIG_H

#include <azml/cancel.h>
#include <jansson.h>

#include "core/error.h"

/* The configuration to name to ssh: the one of DESCRIPTION, or $HOME/.ssh/config where ssh
   would look into another home folder; NULL: none.  *MINE (new) may hold it.  */
const char *azml__ssh_command_file (const json_t *description, char **mine);

/* The settings (-oNAME=VALUE, an array of texts, new) that DESCRIPTION needs besides what
   PROGRAM finds for it in FILE (NULL: where it looks by itself).  With only_key they are
   all that it may know: it is to read no configuration.  */
int azml__ssh_command_settings (const char *program, const json_t *description,
                                const char *file, azml_cancel *cancel, json_t **ret,
                                azml_error **err);

#endif

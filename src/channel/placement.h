/* placement.h: azml-runner on a machine where it may not be yet.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   doc/protocol.md, "Placing the runner", is the reference.  */

#ifndef AZML_CHANNEL_PLACEMENT_H
#define AZML_CHANNEL_PLACEMENT_H

#include "channel/connection.h"

/* What a machine gets.  */
typedef struct azml__kit
{
  const char *runner; /* the program azml-runner */
  const char *python; /* the folder that holds the Python package azml */
} azml__kit;

/* Execute `azml-runner serve` of KIT over CONNECTION.  Where ROOT (a folder there;
   NULL: the machine's AZML_ROOT, else ~/.local/share/azml) lacks it, the program and
   the package are placed there first.  What is written meanwhile is kept for it, so a
   machine that has them costs one execution and no turn.  Does not wait: what goes
   wrong is said when the channel is read.  Store the channel (new) in *RET.  */
int
azml__placement_execute (azml__connection *connection, const azml__kit *kit,
                         const char *root, azml__channel **ret, azml_error **err);

#endif

/* ssh-agent.h: is there an agent, and does it answer?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_AGENT_H
#define AZML_CHANNEL_SSH_AGENT_H

#include <azml/cancel.h>

#include "core/error.h"

/* Return 1 if the agent at the socket PATH answers, 0 if there is none or it hangs (after
   five seconds).  AZML_E_CANCELLED.  */
int
azml__ssh_agent_answers (const char *path, azml_cancel *cancel, azml_error **err);

#endif

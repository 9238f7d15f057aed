/* ssh-agent-filter.h: which keys of the agent are tried, and which first.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_AGENT_FILTER_H
#define AZML_CHANNEL_SSH_AGENT_FILTER_H

#include "channel/ssh-key-file.h"

/* Have SESSION see the agent at the socket PATH with the keys of the N FILES first, and with
   ONLY no others.  Return 1 if it does; 0: it sees the agent as it is.  */
int azml__ssh_agent_filter (ssh_session session, const char *path,
                            const azml__ssh_key_file *files, size_t n, int only);

#endif

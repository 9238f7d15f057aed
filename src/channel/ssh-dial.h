/* ssh-dial.h: a stream to a host.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_DIAL_H
#define AZML_CHANNEL_SSH_DIAL_H

#include "channel/ssh-session.h"

/* Open a stream to CONFIG's host: store a socket (new) in *RET_FD.  */
int
azml__ssh_dial (const azml__ssh_config *config, int64_t end, azml_cancel *cancel,
                int *ret_fd, azml__ssh_reason *ret_reason, azml_error **err);

/* Start a thread that nobody waits for.  Return 0, or an errno.  */
int azml__ssh_start_thread (void *(*work) (void *), void *data);

/* Execute the ProxyCommand COMMAND; its input and output are *RET_FD.  */
int azml__ssh_dial_command (azml__ssh *ssh, const char *command, int *ret_fd,
                            azml_error **err);

/* What the ProxyCommand said last (new), NULL: nothing.  */
char *azml__ssh_proxy_said (const azml__ssh *ssh);

/* What the server has sent before its banner, without taking it away:
   AZML__SSH_NONE: nothing wrong, and SSH's banner is set once it came.  */
azml__ssh_reason azml__ssh_look (azml__ssh *ssh, char **ret_detail);

#endif

/* connection.h: a way to a machine on which programs can be executed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_CONNECTION_H
#define AZML_CHANNEL_CONNECTION_H

#include "channel/channel.h"

/* Programs are executed one after the other or at the same time.  A channel keeps its
   connection alive, so it may be freed in any order.  A connection and all of its
   channels belong to one thread at a time.  */
typedef struct azml__connection azml__connection;

/* Called with one line for a user who waits: that the machine refuses for now, that
   the address of a jump host is tried next.  Never with a secret.  */
typedef void azml__connection_notice (void *data, const char *text);

/* Open the way that DESCRIPTION (an object, borrowed) tells:
   {"kind": "local", "argv": [...]}: this machine; each program is ARGV, and the line
     is ignored.  Without argv, a line is executed by sh.
   {"kind": "ssh", "address": HOST, "username", "port", "identity_file", "config",
     "door": "libssh" | "openssh", "host_keys": "ask" | "accept-new" | "strict",
     "password_file", "password_command", "only_key": true, "connect_timeout": SECONDS,
     "patience": SECONDS}: all but the address optional; what is not said is looked up
     in the config (~/.ssh/config).  With only_key nothing but identity_file is tried: no
     other key, no agent, no password.  A machine that refuses because too many log in is
     tried again for as long as patience says (two minutes).
   Store the connection (new) in *RET.  AZML_E_UNREACHABLE, AZML_E_AUTH (the machine
   does not accept us), AZML_E_HOST_KEY (it is not known, or another one),
   AZML_E_CANCELLED.  The openssh door connects for each program, and says so only when
   a channel is read.  */
int azml__connection_open (const json_t *description, azml_cancel *cancel,
                           azml__connection **ret, azml_error **err);

/* The same with NOTICE (NULL: nobody listens), which is called only before this
   returns, or in a call on a channel of the connection.  */
int azml__connection_open_noted (const json_t *description,
                                 azml__connection_notice *notice, void *data,
                                 azml_cancel *cancel, azml__connection **ret,
                                 azml_error **err);

/* Execute LINE there by sh, whatever the login shell; NULL: the argv of a local
   connection.  Does not wait: that the program cannot be started is said when the
   channel is read.  Store the channel (new) in *RET.  */
int azml__connection_execute (azml__connection *connection, const char *line,
                              azml__channel **ret, azml_error **err);

/* Execute LINE there and go on as azml__channel_run does.  */
int azml__connection_run (azml__connection *connection, const char *line,
                          const void *input, size_t n, azml_cancel *cancel,
                          azml__buffer *output, azml__buffer *complaint,
                          int *ret_status, azml_error **err);

/* "local" or "ssh".  Borrowed for ever.  */
const char *azml__connection_kind (const azml__connection *connection);

azml__connection *azml__connection_ref (azml__connection *connection);

/* Drop one reference.  NULL is fine.  */
void azml__connection_free (azml__connection *connection);
AZML_DEFINE_AUTO (azml__connection, azml__connection_free)

#endif

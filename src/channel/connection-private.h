/* connection-private.h: what a kind of connection implements.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_CONNECTION_PRIVATE_H
#define AZML_CHANNEL_CONNECTION_PRIVATE_H

#include <stdatomic.h>

#include "channel/connection.h"

struct azml__connection_ops
{
  const char *kind;
  int (*execute) (azml__connection *connection, const char *line,
                  azml__channel **ret, azml_error **err);
  void (*free) (azml__connection *connection);
};

struct azml__connection
{
  const struct azml__connection_ops *ops;
  atomic_int references;
  azml__connection_notice *notice;
  void *notice_data;
};

/* Make CONNECTION, all zero, ready for use with one reference.  */
void azml__connection_init (azml__connection *connection,
                            const struct azml__connection_ops *ops,
                            azml__connection_notice *notice, void *data);

/* Tell who listens.  */
void azml__connection_tell (azml__connection *connection, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* What opens one kind.  */
typedef int
azml__connection_opener (const json_t *description, azml__connection_notice *notice,
                         void *data, azml_cancel *cancel, azml__connection **ret,
                         azml_error **err);

azml__connection_opener azml__ssh_command_open; /* the openssh door */
azml__connection_opener azml__ssh_load_open;    /* the libssh door */

#endif

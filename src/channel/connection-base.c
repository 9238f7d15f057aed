/* connection-base.c: what all kinds of connections have in common.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A module that brings a kind has its own copy of this.  */

#include <config.h>

#include "channel/connection-private.h"

void
azml__connection_init (azml__connection *connection,
                       const struct azml__connection_ops *ops,
                       azml__connection_notice *notice, void *data)
{
  connection->ops = ops;
  atomic_init (&connection->references, 1);
  connection->notice = notice;
  connection->notice_data = data;
}

void
azml__connection_tell (azml__connection *connection, const char *format, ...)
{
  char *text;
  va_list ap;
  if (!connection->notice)
    return;
  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  if (n < 0)
    return;
  connection->notice (connection->notice_data, text);
  free (text);
}

const char *
azml__connection_kind (const azml__connection *connection)
{
  return connection->ops->kind;
}

azml__connection *
azml__connection_ref (azml__connection *connection)
{
  atomic_fetch_add (&connection->references, 1);
  return connection;
}

void
azml__connection_free (azml__connection *connection)
{
  if (connection && atomic_fetch_sub (&connection->references, 1) == 1)
    connection->ops->free (connection);
}

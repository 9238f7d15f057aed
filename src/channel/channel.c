/* channel.c: dispatch to the kind of channel.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/channel.h"

int
azml__channel_read (azml__channel *channel, int stream, void *data, size_t n,
                    size_t *ret, int *ret_end, azml_error **err)
{
  return channel->ops->read (channel, stream, data, n, ret, ret_end, err);
}

int
azml__channel_write (azml__channel *channel, const void *data, size_t n,
                     size_t *ret, azml_error **err)
{
  return channel->ops->write (channel, data, n, ret, err);
}

int
azml__channel_end_input (azml__channel *channel, azml_error **err)
{
  return channel->ops->end_input (channel, err);
}

int
azml__channel_wait (azml__channel *channel, int wanted, int timeout_ms,
                    azml_cancel *cancel, int *ret_ready, azml_error **err)
{
  return channel->ops->wait (channel, wanted, timeout_ms, cancel, ret_ready, err);
}

int
azml__channel_status (azml__channel *channel, int *ret_exit, azml_error **err)
{
  return channel->ops->status (channel, ret_exit, err);
}

void
azml__channel_free (azml__channel *channel)
{
  if (channel)
    channel->ops->free (channel);
}

/* ssh-stream.c: what a libssh channel has received and nobody has read yet.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libssh hands out data while it reads from the socket, whichever channel they are
   for.  What this channel's reader is not ready for is kept here, up to a limit; then
   libssh keeps it, and the window closes: the other side stops.  */

#include <config.h>

#include "channel/ssh-stream.h"

#include <string.h>

size_t
azml__ssh_stream_waiting (const azml__ssh_stream *stream)
{
  return stream->kept.length - stream->done;
}

int
azml__ssh_stream_take (azml__ssh_stream *stream, const char *data, uint32_t n)
{
  size_t direct = 0;
  if (!azml__ssh_stream_waiting (stream) && stream->into)
    {
      direct = n < stream->room - stream->n ? n : stream->room - stream->n;
      memcpy (stream->into + stream->n, data, direct);
      stream->n += direct;
    }
  if (azml__ssh_stream_waiting (stream) >= AZML__SSH_KEEP_LIMIT)
    {
      stream->held = 1;
      return (int)direct;
    }
  azml__buffer_add (&stream->kept, data + direct, n - direct);
  return (int)n;
}

size_t
azml__ssh_stream_give (azml__ssh_stream *stream, ssh_channel channel, int which,
                       char *data, size_t n)
{
  size_t waiting = azml__ssh_stream_waiting (stream);
  size_t given = waiting < n ? waiting : n;
  if (given)
    memcpy (data, stream->kept.data + stream->done, given);
  stream->done += given;
  if (stream->done == stream->kept.length)
    {
      azml__buffer_truncate (&stream->kept, 0);
      stream->done = 0;
    }
  while (given < n && stream->held)
    {
      int more = ssh_channel_read_nonblocking (channel, data + given,
                                               (uint32_t)(n - given), which);
      if (more <= 0)
        {
          stream->held = 0;
          break;
        }
      given += (size_t)more;
    }
  return given;
}

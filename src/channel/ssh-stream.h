/* ssh-stream.h: what a libssh channel has received and nobody has read yet.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_STREAM_H
#define AZML_CHANNEL_SSH_STREAM_H

#include <libssh/libssh.h>

#include "core/buffer.h"

#define AZML__SSH_KEEP_LIMIT ((size_t)1 << 20) /* of a stream, here */

/* All zero: empty.  */
typedef struct azml__ssh_stream
{
  azml__buffer kept;
  size_t done;    /* of kept, handed out */
  int held;       /* libssh keeps more */
  char *into;     /* where a reader waits for it */
  size_t n, room; /* of it */
} azml__ssh_stream;

/* How much is kept here.  */
size_t azml__ssh_stream_waiting (const azml__ssh_stream *stream);

/* Take N bytes that libssh hands out: first to who waits.  Return how many were
   taken.  */
int azml__ssh_stream_take (azml__ssh_stream *stream, const char *data, uint32_t n);

/* Store in DATA at most N bytes of what is kept, and then of what libssh keeps of
   CHANNEL's stream WHICH (0: output).  Return how many.  */
size_t azml__ssh_stream_give (azml__ssh_stream *stream, ssh_channel channel,
                              int which, char *data, size_t n);

#endif

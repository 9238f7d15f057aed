/* session.c: fuzz what a runner sends to its client.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The channel is in memory and hands out the bytes in pieces of changing size.
   Whatever they are, the session ends, gives out messages of requests that were sent
   only, and says why.  */

#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"
#include "fuzz.h"

typedef struct memory_channel
{
  azml__channel base;
  const uint8_t *data;
  size_t left, piece;
} memory_channel;

static int
memory_read (azml__channel *channel, int stream, void *data, size_t n, size_t *ret,
             int *ret_end, azml_error **err)
{
  memory_channel *memory = (memory_channel *)channel;
  (void)err;
  *ret = 0;
  *ret_end = 0;
  if (stream == AZML__CHANNEL_STDERR)
    return 0;
  memory->piece = memory->piece * 5 % 61 + 1;
  if (n > memory->piece)
    n = memory->piece;
  if (n > memory->left)
    n = memory->left;
  *ret_end = n == 0;
  if (n)
    memcpy (data, memory->data, n);
  memory->data += n;
  memory->left -= n;
  *ret = n;
  return 0;
}

static int
memory_write (azml__channel *channel, const void *data, size_t n, size_t *ret,
              azml_error **err)
{
  (void)channel;
  (void)data;
  (void)err;
  *ret = n;
  return 0;
}

static int
memory_end_input (azml__channel *channel, azml_error **err)
{
  (void)channel;
  (void)err;
  return 0;
}

static int
memory_wait (azml__channel *channel, int wanted, int timeout_ms,
             azml_cancel *cancel, int *ret_ready, azml_error **err)
{
  (void)channel;
  (void)timeout_ms;
  (void)cancel;
  (void)err;
  *ret_ready = wanted;
  return 0;
}

static int
memory_status (azml__channel *channel, int *ret_exit, azml_error **err)
{
  (void)channel;
  (void)err;
  *ret_exit = 0;
  return 0;
}

static void
memory_free (azml__channel *channel)
{
  free (channel);
}

static const struct azml__channel_ops memory_ops = {
  .name = "memory",
  .read = memory_read,
  .write = memory_write,
  .end_input = memory_end_input,
  .wait = memory_wait,
  .status = memory_status,
  .free = memory_free,
};

/* Receive until the end; request FIRST is waited for at last.  */
static void
receive (azml__session *session, uint32_t first, uint32_t last)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) reply = NULL;
  int rc = 0, got;
  for (int i = 0; rc == 0 && i < 3; i++)
    {
      azml__message message = { 0 };
      rc = azml__session_next (session, -1, NULL, &message, &got, &err);
      if (rc == 0 && got && (message.id < first || message.id > last))
        abort ();
      if (rc == 0 && got && message.kind != AZML__FRAME_DATA
          && !json_is_object (message.json))
        abort ();
      json_decref (message.json);
    }
  if (rc == 0)
    rc = azml__session_call (session, "list", NULL, NULL, &reply, &err);
  if (rc < 0 && (!err || !*azml_error_message (err)))
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  static int null = -1;
  AZML_AUTO (azml__session) session = NULL;
  uint32_t first = 0, last = 0;
  memory_channel *memory = calloc (1, sizeof *memory);
  if (null < 0)
    null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (!memory)
    return 0;
  *memory = (memory_channel){
    .base = { &memory_ops }, .data = data, .left = n, .piece = n
  };
  if (azml__session_open (&memory->base, NULL, &session, NULL) < 0
      || azml__session_send (session, "stop", NULL, &first, NULL) < 0
      || azml__session_send (session, "follow", NULL, &last, NULL) < 0
      || azml__session_sink (session, last, 2, null, NULL) < 0)
    abort ();
  receive (session, first, last);
  return 0;
}

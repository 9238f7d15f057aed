/* channel-run.c: a program with its input, output and end.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/channel.h"

#define OUTPUT_LIMIT ((size_t)1 << 20)
#define COMPLAINT_LIMIT ((size_t)4096)

/* Read what there is of STREAM into BUFFER.  */
static int
take (azml__channel *channel, int stream, azml__buffer *buffer, int *ret_end,
      azml_error **err)
{
  char data[4096];
  size_t n = 1;
  int rc = 0;
  while (rc == 0 && n && !*ret_end)
    {
      rc =
          azml__channel_read (channel, stream, data, sizeof data, &n, ret_end, err);
      if (rc == 0)
        azml__buffer_add (buffer, data, n);
    }
  if (rc == 0 && !azml__buffer_ok (buffer))
    rc = azml__error_no_memory (err);
  return rc;
}

/* Write what is left of INPUT.  A program that reads no more of it says why.  */
static int
give (azml__channel *channel, const char *input, size_t n, size_t *done,
      azml_error **err)
{
  size_t written = 1;
  if (*done > n)
    return 0;
  while (*done < n && written)
    {
      if (azml__channel_write (channel, input + *done, n - *done, &written, NULL)
          < 0)
        *done = n;
      else
        *done += written;
    }
  if (*done < n)
    return 0;
  (*done)++; /* its end is told once */
  return azml__channel_end_input (channel, err);
}

int
azml__channel_run (azml__channel *channel, const void *input, size_t n,
                   azml_cancel *cancel, azml__buffer *output,
                   azml__buffer *complaint, int *ret_status, azml_error **err)
{
  size_t done = 0;
  int end = 0, quiet = 0, ready, rc = 0;
  while (rc == 0 && !end)
    {
      rc = give (channel, input, n, &done, err);
      if (rc == 0 && !quiet)
        rc = take (channel, AZML__CHANNEL_STDERR, complaint, &quiet, err);
      if (complaint->length > COMPLAINT_LIMIT)
        azml__buffer_drop (complaint, complaint->length - COMPLAINT_LIMIT);
      if (rc == 0)
        rc = take (channel, AZML__CHANNEL_STDOUT, output, &end, err);
      if (rc == 0 && output->length > OUTPUT_LIMIT)
        rc = azml__error (err, AZML_E_TOO_LARGE, "the program says too much");
      if (rc == 0 && !end)
        rc = azml__channel_wait (channel,
                                 AZML__CHANNEL_READABLE
                                     | (done < n ? AZML__CHANNEL_WRITABLE : 0),
                                 -1, cancel, &ready, err);
    }
  if (rc == 0 && !quiet)
    rc = take (channel, AZML__CHANNEL_STDERR, complaint, &quiet, err);
  return rc < 0 ? rc : azml__channel_status (channel, ret_status, err);
}

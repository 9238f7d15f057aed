/* channel.h: one program executed on a machine, its three streams and its status.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The local and the SSH channel have this interface, and nothing above knows which
   one it has.  Reading and writing never block; azml__channel_wait does, and only
   there.  */

#ifndef AZML_CHANNEL_CHANNEL_H
#define AZML_CHANNEL_CHANNEL_H

#include <azml/cancel.h>
#include <stddef.h>

#include "core/buffer.h"
#include "core/error.h"

typedef struct azml__channel azml__channel;

#define AZML__CHANNEL_STDOUT 1
#define AZML__CHANNEL_STDERR 2

#define AZML__CHANNEL_READABLE 1
#define AZML__CHANNEL_WRITABLE 2

/* What a kind of channel implements.  */
struct azml__channel_ops
{
  const char *name; /* "local" */
  int (*read) (azml__channel *channel, int stream, void *data, size_t n,
               size_t *ret, int *ret_end, azml_error **err);
  int (*write) (azml__channel *channel, const void *data, size_t n, size_t *ret,
                azml_error **err);
  int (*end_input) (azml__channel *channel, azml_error **err);
  int (*wait) (azml__channel *channel, int wanted, int timeout_ms,
               azml_cancel *cancel, int *ret_ready, azml_error **err);
  int (*status) (azml__channel *channel, int *ret_exit, azml_error **err);
  void (*free) (azml__channel *channel);
};

struct azml__channel
{
  const struct azml__channel_ops *ops;
};

/* Read up to N bytes of STREAM.  *RET 0 with *RET_END 0: nothing now; with *RET_END
   1: the program closed it.  AZML_E_UNREACHABLE: the connection is lost.  */
int azml__channel_read (azml__channel *channel, int stream, void *data, size_t n,
                        size_t *ret, int *ret_end, azml_error **err);

/* Write up to N bytes to the program's standard input; *RET says how many went.
   AZML_E_UNREACHABLE: the program does not read any more, or the connection is
   lost.  */
int azml__channel_write (azml__channel *channel, const void *data, size_t n,
                         size_t *ret, azml_error **err);

/* Close the program's standard input.  */
int azml__channel_end_input (azml__channel *channel, azml_error **err);

/* Wait until WANTED (READABLE: either output stream; WRITABLE) is possible;
   *RET_READY says what is, 0 when TIMEOUT_MS (-1: for ever) is over.
   AZML_E_CANCELLED.  */
int azml__channel_wait (azml__channel *channel, int wanted, int timeout_ms,
                        azml_cancel *cancel, int *ret_ready, azml_error **err);

/* Wait for the program's end; *RET_EXIT as a shell says it.  */
int azml__channel_status (azml__channel *channel, int *ret_exit, azml_error **err);

/* End the connection; a local program that still runs loses its pipes.  NULL is
 * fine.  */
void azml__channel_free (azml__channel *channel);
AZML_DEFINE_AUTO (azml__channel, azml__channel_free)

/* Write N bytes of INPUT to the program, and wait for its end.  Add what it wrote to its
   standard output, at most a megabyte, to OUTPUT, and the end of its standard error to
   COMPLAINT; store its status in *RET_STATUS.  AZML_E_TOO_LARGE, AZML_E_CANCELLED.  */
int azml__channel_run (azml__channel *channel, const void *input, size_t n,
                       azml_cancel *cancel, azml__buffer *output,
                       azml__buffer *complaint, int *ret_status, azml_error **err);

/* Execute ARGV on this machine, in a session of its own, so that the terminal's
   signals do not reach it.  Store the channel (new) in *RET.  */
int azml__channel_local (char *const *argv, azml__channel **ret, azml_error **err);

/* The same in our session: the program may ask the user something.  */
int
azml__channel_program (char *const *argv, azml__channel **ret, azml_error **err);

/* 1 if the program of CHANNEL, which is one of these two, has ended, or ends within
   TIMEOUT_MS.  */
int azml__channel_ended (azml__channel *channel, int timeout_ms);

#endif

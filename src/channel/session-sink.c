/* session-sink.c: data of a request that goes straight to a descriptor.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "channel/session-private.h"
#include "core/cancel.h"

int
azml__session_sink (azml__session *session, uint32_t id, uint8_t stream, int fd,
                    azml_error **err)
{
  azml__sink *sinks =
      realloc (session->sinks, (session->n_sinks + 1) * sizeof *session->sinks);
  if (!sinks)
    return azml__error_no_memory (err);
  session->sinks = sinks;
  sinks[session->n_sinks++] = (azml__sink){ .id = id, .stream = stream, .fd = fd };
  return 0;
}

uint64_t
azml__session_sink_count (const azml__session *session, uint32_t id, uint8_t stream)
{
  for (size_t i = 0; i < session->n_sinks; i++)
    if (session->sinks[i].id == id && session->sinks[i].stream == stream)
      return session->sinks[i].count;
  return 0;
}

/* write that leaves no SIGPIPE behind.  The signal is directed at the thread that
   writes, so blocking it here and taking it back touches nobody else.  */
static ssize_t
write_quietly (int fd, const void *data, size_t n)
{
  sigset_t pipe_set, before, pending;
  int code, waiting;
  sigemptyset (&pipe_set);
  sigaddset (&pipe_set, SIGPIPE);
  sigpending (&pending);
  waiting = sigismember (&pending, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_set, &before);
  ssize_t done = write (fd, data, n);
  int failure = errno;
  if (done < 0 && failure == EPIPE && !waiting)
    {
      sigpending (&pending);
      if (sigismember (&pending, SIGPIPE))
        sigwait (&pipe_set, &code);
    }
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  errno = failure;
  return done;
}

int
azml__sink_write (int fd, const void *data, size_t n, azml_cancel *cancel,
                  size_t *ret, azml_error **err)
{
  const char *p = data;
  *ret = 0;
  while (*ret < n)
    {
      struct pollfd ready = { .fd = fd, .events = POLLOUT };
      int count;
      int rc = azml__cancel_poll (cancel, &ready, 1, -1, &count, err);
      if (rc < 0)
        return rc;
      ssize_t done = write_quietly (fd, p + *ret, n - *ret);
      if (done < 0 && errno != EINTR && errno != EAGAIN)
        return azml__error_os (err, errno, "write");
      if (done > 0)
        *ret += (size_t)done;
    }
  return 0;
}

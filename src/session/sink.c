/* sink.c: data of a request that goes straight to a descriptor.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/private.h"
#include "core/cancel.h"

/* A pipe holds so many pages, however little is in each: what is less is copied.  */
#define LEAST_LENT ((size_t)16 << 10)

static int
add_sink (azml__session *session, const azml__sink *sink, azml_error **err)
{
  azml__sink *sinks =
      realloc (session->sinks, (session->n_sinks + 1) * sizeof *session->sinks);
  if (!sinks)
    return azml__error_no_memory (err);
  session->sinks = sinks;
  sinks[session->n_sinks++] = *sink;
  return 0;
}

int
azml__session_sink (azml__session *session, uint32_t id, uint8_t stream, int fd,
                    azml_error **err)
{
  azml__sink sink = { .id = id, .stream = stream, .fd = fd, .file = -1 };
  return add_sink (session, &sink, err);
}

int
azml__session_mirror (azml__session *session, uint32_t id, uint8_t stream, int file,
                      int fd, azml_error **err)
{
  azml__sink sink = {
    .id = id, .stream = stream, .fd = fd, .file = file, .start = -1, .lends = 1
  };
  int rc = add_sink (session, &sink, err);
  if (rc < 0)
    close (file);
  return rc;
}

int
azml__session_taker (azml__session *session, uint32_t id, uint8_t stream,
                     const azml__taker *taker, azml_error **err)
{
  azml__sink sink = {
    .id = id, .stream = stream, .fd = -1, .file = -1, .taker = *taker
  };
  int rc = add_sink (session, &sink, err);
  if (rc < 0)
    taker->free (taker->state);
  return rc;
}

static void
sink_end (azml__sink *sink)
{
  if (sink->file >= 0)
    close (azml__steal_fd (&sink->file));
  if (sink->taker.free)
    sink->taker.free (sink->taker.state);
  sink->taker = (azml__taker){ NULL, NULL, NULL };
  sink->fd = -1;
}

void
azml__sink_end (azml__session *session, uint32_t id)
{
  for (size_t i = 0; i < session->n_sinks; i++)
    if (session->sinks[i].id == id)
      sink_end (&session->sinks[i]);
}

void
azml__sinks_free (azml__session *session)
{
  for (size_t i = 0; i < session->n_sinks; i++)
    sink_end (&session->sinks[i]);
  free (session->sinks);
}

uint64_t
azml__session_sink_count (const azml__session *session, uint32_t id, uint8_t stream)
{
  for (size_t i = 0; i < session->n_sinks; i++)
    if (session->sinks[i].id == id && session->sinks[i].stream == stream)
      return session->sinks[i].count;
  return 0;
}

/* How many of N bytes can be written to FD, which polls writable, without waiting for
   its reader.  A blocking descriptor is not ours to change: it is the terminal, or a
   pipe that others write to.  */
static size_t
room (int fd, size_t n)
{
  struct stat st;
  int waits = 0, size = PIPE_BUF;
  if (fstat (fd, &st) < 0 || S_ISREG (st.st_mode)
      || (S_ISCHR (st.st_mode) && !isatty (fd)))
    return n;
#ifdef F_GETPIPE_SZ
  if (S_ISFIFO (st.st_mode) && ioctl (fd, FIONREAD, &waits) == 0)
    size = fcntl (fd, F_GETPIPE_SZ) - waits - 3 * PIPE_BUF; /* pages partly used */
#endif
  if (size < PIPE_BUF)
    size = PIPE_BUF;
  return n < (size_t)size ? n : (size_t)size;
}

/* 1 if the N bytes that SINK's descriptor lacks are for lend_pages.  */
static int
lends_rest (const azml__sink *sink, size_t n)
{
  return sink->lends && sink->file >= 0 && n >= LEAST_LENT;
}

/* Let the pages of the copy that hold N bytes from SKIP past COUNT on go into the pipe that
   is to have them, too: nothing is copied, and a full pipe makes nobody wait.  Return how
   many went; 0: none now; -1 with errno: nobody reads any more.  */
static ssize_t
lend_pages (azml__sink *sink, size_t skip, size_t n)
{
  if (!lends_rest (sink, n))
    return 0;
  off_t at = sink->start + (off_t)(sink->count + skip);
  ssize_t done = splice (sink->file, &at, sink->fd, NULL, n, SPLICE_F_NONBLOCK);
  if (done > 0 || (done < 0 && (errno == EAGAIN || errno == EINTR)))
    return done > 0 ? done : 0;
  sink->lends = 0; /* no pipe, or not from there: by memory */
  return done < 0 && errno == EPIPE ? -1 : 0;
}

/* Write N bytes to the descriptor of SINK, waiting for its reader.  */
static int
write_all (azml__session *session, azml__sink *sink, const char *data, size_t n,
           azml_cancel *cancel, size_t *ret, azml_error **err)
{
  while (*ret < n)
    {
      struct pollfd ready = { .fd = sink->fd, .events = POLLOUT };
      int count;
      ssize_t done = lend_pages (sink, *ret, n - *ret);
      if (done < 0)
        return azml__error_os (err, errno, "write");
      if (done > 0)
        {
          *ret += (size_t)done;
          continue;
        }
      int rc =
          azml__cancel_poll (cancel, &ready, 1, session->heartbeat_ms, &count, err);
      if (rc == 0 && count == 0)
        {
          azml__frame_add (&session->out, AZML__FRAME_PING, 0, 0, NULL, 0);
          rc = azml__session_write (session, err);
        }
      if (rc < 0)
        return rc;
      if (count && !lends_rest (sink, n - *ret))
        done = write (sink->fd, data + *ret, room (sink->fd, n - *ret));
      if (done < 0 && errno != EINTR && errno != EAGAIN)
        return azml__error_os (err, errno, "write");
      if (done > 0)
        *ret += (size_t)done;
    }
  return 0;
}

/* SIGPIPE is directed at the thread that writes, so blocking it here and taking it
   back touches nobody else.  */
static int
write_quietly (azml__session *session, azml__sink *sink, const void *data, size_t n,
               azml_cancel *cancel, size_t *ret, azml_error **err)
{
  sigset_t pipe_set, before, pending;
  int code;
  *ret = 0;
  sigemptyset (&pipe_set);
  sigaddset (&pipe_set, SIGPIPE);
  sigpending (&pending);
  int waiting = sigismember (&pending, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_set, &before);
  int rc = write_all (session, sink, data, n, cancel, ret, err);
  if (rc < 0 && !waiting)
    {
      sigpending (&pending);
      if (sigismember (&pending, SIGPIPE))
        sigwait (&pipe_set, &code);
    }
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return rc;
}

/* Write what of the N bytes of DATA is not yet in the file.  */
static int
store (azml__sink *sink, const char *data, size_t n, azml_error **err)
{
  size_t ahead = (size_t)(sink->stored - sink->count);
  if (sink->start < 0)
    sink->start = lseek (sink->file, 0, SEEK_END);
  while (ahead < n)
    {
      ssize_t done = pwrite (sink->file, data + ahead, n - ahead,
                             sink->start + (off_t)sink->stored);
      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        {
          int rc = azml__error_os (err, errno, "write the copy of the run");
          close (azml__steal_fd (&sink->file));
          return rc;
        }
      ahead += (size_t)done;
      sink->stored += (uint64_t)done;
    }
  return 0;
}

int
azml__sink_take (azml__session *session, azml__sink *sink, const char *data,
                 size_t n, azml_cancel *cancel, size_t *ret, azml_error **err)
{
  int rc = 0;
  *ret = 0;
  if (sink->taker.take)
    {
      AZML_AUTO (azml_error) failure = NULL;
      sink->count += n;
      *ret = n;
      if (sink->taker.take (sink->taker.state, data, n, &failure) == 0)
        return 0;
      sink_end (sink);
      return azml__session_fail (session, sink->id, failure, err);
    }
  if (sink->file >= 0 && (rc = store (sink, data, n, err)) < 0)
    return rc; /* what failed is closed: these bytes come here again */
  size_t done = n;
  if (sink->fd >= 0)
    rc = write_quietly (session, sink, data, n, cancel, &done, err);
  sink->count += done;
  *ret = done;
  if (rc < 0 && rc != AZML_E_CANCELLED)
    sink->fd = -1;
  return rc;
}

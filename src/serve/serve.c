/* serve.c: the loop of `azml-runner serve`.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/clock.h"
#include "process/signals.h"
#include "serve/private.h"

#define HEARTBEAT_MS 30000
#define UNANSWERED 4 /* heartbeats without a sign of life, unless hello says more */
#define ROOM ((size_t)AZML__FRAME_CHUNK) /* queued; then nobody works */

static int
heartbeat_ms (void)
{
  const char *text = getenv ("AZML_HEARTBEAT");
  double seconds = text ? strtod (text, NULL) : 0;
  return seconds >= 0.001 && seconds <= 86400 ? (int)(seconds * 1000)
                                              : HEARTBEAT_MS;
}

static void
request_free (azml__request *request)
{
  if (request->ops && request->ops->free)
    request->ops->free (request);
  free (request);
}

/* Forget the requests that are answered, but not one whose bytes still go out.  */
static void
drop_answered (azml__serve_state *serve)
{
  azml__request **place = &serve->requests;
  while (*place)
    {
      azml__request *request = *place;
      if (!request->answered
          || (serve->segment.fd >= 0 && serve->segment.owner == request))
        {
          place = &request->next;
          continue;
        }
      *place = request->next;
      request_free (request);
    }
}

/* Let the requests that are awake work, in turn, while the output has room.  Return 1
   if one did, -1 with *ERR if the client does not read any more.  */
static int
work_in_turn (azml__serve_state *serve, azml_error **err)
{
  int worked = 0;
  int64_t now = azml__clock_boot_ms ();
  for (azml__request *request = serve->requests; request; request = request->next)
    {
      if (request->due && request->due <= now)
        request->awake = 1;
      if (request->answered || !request->awake || !request->ops
          || !request->ops->work)
        continue;
      if (serve->segment.fd >= 0 || serve->out.length - serve->written >= ROOM)
        {
          int rc = azml__output_write (serve, err);
          if (rc < 0)
            return rc;
          if (azml__output_pending (serve))
            break;
        }
      AZML_AUTO (azml_error) failure = NULL;
      request->due = 0;
      worked = 1;
      if (request->ops->work (request, &failure) < 0)
        azml__request_fail (request, failure, 0);
    }
  return worked;
}

/* Whose turn it was last goes to the end.  */
static void
rotate (azml__serve_state *serve)
{
  azml__request *first = serve->requests, **end = &serve->requests;
  if (!first || !first->next)
    return;
  serve->requests = first->next;
  while (*end)
    end = &(*end)->next;
  *end = first;
  first->next = NULL;
}

/* Milliseconds until something is due without anything happening.  */
static int
patience (const azml__serve_state *serve)
{
  int64_t now = azml__clock_boot_ms (), next = serve->next_ping;
  int room = !azml__output_pending (serve);
  for (const azml__request *request = serve->requests; request;
       request = request->next)
    {
      if (!request->ops || !request->ops->work || !room)
        continue;
      if (request->awake)
        return 0;
      if (request->due && request->due < next)
        next = request->due;
    }
  for (size_t i = 0; i < serve->n_children; i++)
    if (serve->children[i].fd < 0 && next > now + 1000)
      next = now + 1000;
  return next > now ? (int)(next - now) : 0;
}

/* 1 unless so many answers wait that the client must read first.  */
static int
takes_more (const azml__serve_state *serve)
{
  return serve->out.length + serve->after.length < AZML__SERVE_BACKLOG;
}

/* The descriptors to wait for: the client, news of files, children, and what requests
   wait for.  FDS NULL: only count.  */
static nfds_t
collect (const azml__serve_state *serve, struct pollfd *fds)
{
  nfds_t n = 0;
#define ADD(FD, EVENTS)                                                            \
  do                                                                               \
    {                                                                              \
      if (fds)                                                                     \
        fds[n] = (struct pollfd){ .fd = (FD), .events = (EVENTS) };                \
      n++;                                                                         \
    }                                                                              \
  while (0)
  /* Without events, an end or an error is told all the same.  */
  ADD (STDIN_FILENO, takes_more (serve) ? POLLIN : 0);
  ADD (STDOUT_FILENO, azml__output_pending (serve) ? POLLOUT : 0);
  /* What a writer tells of each line is no news while nobody takes what there is.  */
  ADD (azml__output_pending (serve) ? -1 : serve->inotify, POLLIN);
  for (size_t i = 0; i < serve->n_children; i++)
    ADD (serve->children[i].fd, POLLIN);
  for (const azml__request *request = serve->requests; request;
       request = request->next)
    for (int i = 0; i < 2; i++)
      ADD (request->awake ? -1 : request->fds[i], POLLIN);
#undef ADD
  return n;
}

/* Wake the requests that wait for what is ready in FDS, as collect filled it.  */
static void
wake (azml__serve_state *serve, const struct pollfd *fds)
{
  fds += 3 + serve->n_children;
  for (azml__request *request = serve->requests; request; request = request->next)
    for (int i = 0; i < 2; i++)
      if ((fds++)->revents)
        request->awake = 1;
}

/* 1 if EVENT means something to REQUEST.  */
static int
is_news (const azml__request *request, const struct inotify_event *event)
{
  for (int i = 0; i < 2; i++)
    if (request->watches[i] >= 0
        && (request->watches[i] == event->wd || (event->mask & IN_Q_OVERFLOW)))
      return 1;
  return 0;
}

/* Wake the requests to which the N bytes at NEWS mean something.  */
static void
pass_news (azml__serve_state *serve, const char *news, ssize_t n)
{
  for (const char *p = news; p < news + n;)
    {
      const struct inotify_event *event = (const struct inotify_event *)p;
      for (azml__request *request = serve->requests; request;
           request = request->next)
        if (is_news (request, event))
          request->awake = 1;
      p += sizeof *event + event->len;
    }
}

static void
read_news (azml__serve_state *serve)
{
  char news[16384] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  const ssize_t largest = sizeof (struct inotify_event) + NAME_MAX + 1;
  ssize_t n;
  do
    {
      n = read (serve->inotify, news, sizeof news);
      pass_news (serve, news, n);
    }
  while (n > (ssize_t)sizeof news - largest); /* else there was no more */
}

/* Ping a client that is silent; give up one that is silent for long.  What is counted
   is pings and not time, because a machine that slept has not waited.  */
static int
beat (azml__serve_state *serve, azml_error **err)
{
  int64_t now = azml__clock_boot_ms ();
  if (now < serve->next_ping)
    return 0;
  serve->next_ping = now + serve->heartbeat_ms;
  int64_t silent = (int64_t)serve->unanswered * serve->heartbeat_ms;
  if (serve->silence_ms && silent >= serve->silence_ms)
    return azml__error (err, AZML_E_UNREACHABLE,
                        "the client has been silent for %d s",
                        (int)(silent / 1000));
  serve->unanswered++;
  azml__frame_add (azml__output_tail (serve), AZML__FRAME_PING, 0, 0, NULL, 0);
  return 0;
}

static int
wait_for_news (azml__serve_state *serve, azml_error **err)
{
  nfds_t n = collect (serve, NULL);
  AZML_AUTO_FREE struct pollfd *fds = calloc (n, sizeof *fds);
  if (!fds)
    return azml__error_no_memory (err);
  collect (serve, fds);
  if (poll (fds, n, patience (serve)) < 0)
    return errno == EINTR ? 0 : azml__error_os (err, errno, "poll");
  if (fds[1].revents & (POLLERR | POLLNVAL))
    return azml__error (err, AZML_E_UNREACHABLE,
                        "the client does not read any more");
  if (fds[1].revents & POLLOUT)
    azml__serve_heard (serve); /* the output was full: somebody reads */
  wake (serve, fds);
  if (fds[2].revents)
    read_news (serve);
  if (fds[0].revents && !takes_more (serve))
    serve->ended = 1; /* it went without reading what it asked for */
  else if (fds[0].revents)
    {
      int rc = azml__input_read (serve, err);
      if (rc < 0)
        return rc;
    }
  return beat (serve, err);
}

static int
loop (azml__serve_state *serve, azml_error **err)
{
  while (!serve->ended)
    {
      int rc = azml__input_parse (serve, err);
      if (rc == 0)
        rc = work_in_turn (serve, err);
      if (rc < 0)
        return rc;
      /* When all have looked, and given places away.  */
      azml__serve_fill_places (serve);
      rotate (serve);
      drop_answered (serve);
      rc = azml__output_write (serve, err);
      if (rc == 0 && !serve->ended)
        rc = wait_for_news (serve, err);
      if (rc < 0)
        return rc;
      drop_answered (serve);
      azml__children_reap (serve);
      azml__serve_objects_let_go (serve);
    }
  /* What came whole before the client went was asked for; its answers go out as far as
     somebody reads them.  */
  int rc = azml__input_parse (serve, err);
  azml__serve_end_starts (serve);
  if (rc == 0)
    (void)!azml__output_write (serve, NULL);
  return rc;
}

/* A content comes in pieces of this size: where the input is a pipe, it holds a few, so
   that whoever fills it need not wait for each.  The output holds one: what is in there
   makes an answer wait.  */
static void
widen_pipes (void)
{
#ifdef F_SETPIPE_SZ
  (void)fcntl (STDIN_FILENO, F_SETPIPE_SZ, 4 * (int)AZML__FRAME_CHUNK);
  (void)fcntl (STDOUT_FILENO, F_SETPIPE_SZ, (int)AZML__FRAME_CHUNK);
#endif
}

/* Our ends must not block; what they were before is somebody else's.  */
static void
set_flags (int before[2], int begin)
{
  for (int fd = 0; fd < 2; fd++)
    {
      if (begin)
        before[fd] = fcntl (fd, F_GETFL);
      if (before[fd] >= 0)
        (void)fcntl (fd, F_SETFL, begin ? before[fd] | O_NONBLOCK : before[fd]);
    }
}

static void
serve_done (azml__serve_state *serve)
{
  while (serve->requests)
    {
      azml__request *request = serve->requests;
      serve->requests = request->next;
      request_free (request);
    }
  azml__children_reap (serve);
  azml__objects_free (serve->objects);
  azml__layout_done (&serve->layout);
  azml__buffer_done (&serve->in);
  azml__buffer_done (&serve->out);
  azml__buffer_done (&serve->after);
  if (serve->inotify >= 0)
    close (serve->inotify);
  for (size_t i = 0; i < serve->n_children; i++)
    if (serve->children[i].fd >= 0)
      close (serve->children[i].fd);
  free (serve->children);
}

int
azml__serve (const char *root, const char *runs, const char *objects)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__serve_state serve = { .roots = { root, runs, objects },
                              .segment = { .fd = -1 },
                              .inotify = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK),
                              .heartbeat_ms = heartbeat_ms () };
  int flags[2];
  signal (SIGPIPE, SIG_IGN);
  azml__signals_learn ();
  set_flags (flags, 1);
  widen_pipes ();
  serve.silence_ms = (int64_t)UNANSWERED * serve.heartbeat_ms;
  serve.next_ping = azml__clock_boot_ms () + serve.heartbeat_ms;
  azml__buffer_add_format (&serve.out, "azml-runner %d\n", AZML__PROTOCOL_VERSION);
  int rc = loop (&serve, &err);
  set_flags (flags, 0);
  serve_done (&serve);
  if (rc == 0 || rc == AZML_E_UNREACHABLE)
    return 0;
  fprintf (stderr, "azml-runner: %s\n", azml_error_message (err));
  return 1;
}

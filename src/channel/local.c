/* local.c: the channel to this machine: a child process and three pipes.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Standard input is a socket pair, because writing to a socket can be told not to
   raise SIGPIPE in a process whose signals are somebody else's.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "channel/channel.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/spawn.h"

#define PIPE_SIZE (1 << 20) /* what the kernel lets an ordinary user have */
#define END_PATIENCE_MS                                                            \
  2000 /* how long a program may take to end at end of input */

typedef struct local_channel
{
  azml__channel base;
  pid_t pid;
  int fds[3];    /* our ends of 0, 1, 2; -1: closed */
  int exit_code; /* once pid is 0 */
} local_channel;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (azml__steal_fd (fd));
}

static int
local_read (azml__channel *channel, int stream, void *data, size_t n, size_t *ret,
            int *ret_end, azml_error **err)
{
  local_channel *local = (local_channel *)channel;
  int *fd = &local->fds[stream];
  *ret = 0;
  *ret_end = *fd < 0;
  while (*fd >= 0)
    {
      ssize_t got = read (*fd, data, n);
      if (got > 0)
        {
          *ret = (size_t)got;
          return 0;
        }
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN)
        return 0;
      if (got < 0)
        return azml__error_os (err, errno, "read from a program");
      close_fd (fd);
      *ret_end = 1;
    }
  return 0;
}

static int
local_write (azml__channel *channel, const void *data, size_t n, size_t *ret,
             azml_error **err)
{
  local_channel *local = (local_channel *)channel;
  *ret = 0;
  while (local->fds[0] >= 0)
    {
      ssize_t done = send (local->fds[0], data, n, MSG_NOSIGNAL);
      if (done >= 0)
        {
          *ret = (size_t)done;
          return 0;
        }
      if (errno == EAGAIN)
        return 0;
      if (errno != EINTR)
        break;
    }
  return azml__error (err, AZML_E_UNREACHABLE,
                      "the program does not read any more");
}

static int
local_end_input (azml__channel *channel, azml_error **err)
{
  (void)err;
  close_fd (&((local_channel *)channel)->fds[0]);
  return 0;
}

static int
local_wait (azml__channel *channel, int wanted, int timeout_ms, azml_cancel *cancel,
            int *ret_ready, azml_error **err)
{
  local_channel *local = (local_channel *)channel;
  struct pollfd fds[3];
  for (int i = 0; i < 3; i++)
    {
      int use = wanted & (i == 0 ? AZML__CHANNEL_WRITABLE : AZML__CHANNEL_READABLE);
      fds[i] = (struct pollfd){ .fd = use ? local->fds[i] : -1,
                                .events = i == 0 ? POLLOUT : POLLIN };
    }
  int n, ready = 0;
  int rc = azml__cancel_poll (cancel, fds, 3, timeout_ms, &n, err);
  if (rc < 0)
    return rc;
  if (fds[0].revents)
    ready |= AZML__CHANNEL_WRITABLE;
  if (fds[1].revents || fds[2].revents)
    ready |= AZML__CHANNEL_READABLE;
  *ret_ready = ready;
  return 0;
}

static int
local_status (azml__channel *channel, int *ret_exit, azml_error **err)
{
  local_channel *local = (local_channel *)channel;
  if (local->pid)
    {
      int status;
      int rc = azml__spawn_wait (local->pid, &status, err);
      if (rc < 0)
        return rc;
      local->pid = 0;
      local->exit_code = azml__spawn_exit_code (status);
    }
  *ret_exit = local->exit_code;
  return 0;
}

/* Wait until the program, whose input was closed, has closed its output, which it
   does by ending.  Return 0 if it does neither for too long.  */
static int
wait_for_end (local_channel *local)
{
  int64_t end = azml__clock_boot_ms () + END_PATIENCE_MS;
  char data[4096];
  while (local->fds[1] >= 0)
    {
      size_t n;
      int ended;
      int64_t left = end - azml__clock_boot_ms ();
      struct pollfd fd = { .fd = local->fds[1], .events = POLLIN };
      if (left <= 0)
        return 0;
      if (poll (&fd, 1, (int)left) > 0
          && local_read (&local->base, 1, data, sizeof data, &n, &ended, NULL) < 0)
        return 0;
    }
  return 1;
}

static void
local_free (azml__channel *channel)
{
  local_channel *local = (local_channel *)channel;
  int code;
  close_fd (&local->fds[0]);
  if (local->pid)
    {
      if (!wait_for_end (local))
        kill (local->pid, SIGKILL);
      close_fd (&local->fds[1]);
      close_fd (&local->fds[2]);
      local_status (channel, &code, NULL);
    }
  for (int i = 0; i < 3; i++)
    close_fd (&local->fds[i]);
  free (local);
}

static const struct azml__channel_ops local_ops = {
  .name = "local",
  .read = local_read,
  .write = local_write,
  .end_input = local_end_input,
  .wait = local_wait,
  .status = local_status,
  .free = local_free,
};

/* Open three pairs of descriptors: OURS stay here and do not block, THEIRS become
   the program's 0, 1, 2.  */
static int
make_pipes (int ours[3], int theirs[3], azml_error **err)
{
  for (int i = 0; i < 3; i++)
    {
      int pair[2];
      int rc = i == 0 ? socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)
                      : pipe2 (pair, O_CLOEXEC);
      if (rc < 0)
        return azml__error_os (err, errno, "make a pipe");
      ours[i] = pair[0];
      theirs[i] = pair[1];
      if (fcntl (ours[i], F_SETFL, O_NONBLOCK) < 0)
        return azml__error_os (err, errno, "make a pipe");
    }
#ifdef F_SETPIPE_SZ
  (void)fcntl (ours[1], F_SETPIPE_SZ, PIPE_SIZE); /* less will do */
#endif
  return 0;
}

static int
start (char *const *argv, int new_session, azml__channel **ret, azml_error **err)
{
  int theirs[3] = { -1, -1, -1 };
  local_channel *local = calloc (1, sizeof *local);
  if (!local)
    return azml__error_no_memory (err);
  local->base.ops = &local_ops;
  for (int i = 0; i < 3; i++)
    local->fds[i] = -1;
  int rc = make_pipes (local->fds, theirs, err);
  if (rc == 0)
    {
      azml__spawn spawn = { .program = argv[0],
                            .argv = argv,
                            .fds = { theirs[0], theirs[1], theirs[2] },
                            .new_session = new_session };
      rc = azml__spawn_start (&spawn, &local->pid, err);
    }
  for (int i = 0; i < 3; i++)
    close_fd (&theirs[i]);
  if (rc < 0)
    local_free (&local->base);
  else
    *ret = &local->base;
  return rc;
}

int
azml__channel_local (char *const *argv, azml__channel **ret, azml_error **err)
{
  return start (argv, 1, ret, err);
}

int
azml__channel_program (char *const *argv, azml__channel **ret, azml_error **err)
{
  return start (argv, 0, ret, err);
}

int
azml__channel_ended (azml__channel *channel, int timeout_ms)
{
  local_channel *local = (local_channel *)channel;
  int64_t end = azml__clock_boot_ms () + timeout_ms;
  while (local->pid)
    {
      int status;
      pid_t pid = waitpid (local->pid, &status, WNOHANG);
      if (pid == local->pid)
        {
          local->pid = 0;
          local->exit_code = azml__spawn_exit_code (status);
        }
      else if (azml__clock_boot_ms () >= end)
        return 0;
      else
        (void)poll (NULL, 0, 5);
    }
  return 1;
}

/* step.c: run one command of a builder.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The command prints into a pipe, so that it ends by SIGPIPE at the latest when
   this process is killed.  It is ended as a process group: TERM, and KILL after
   GRACE_MS.  */

#include <config.h>

#include "environment/step.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/spawn.h"

#define GRACE_MS 2000
#define HASTE_MS 200
#define SLICE_MS                                                                   \
  100 /* how long a command that ended but left its pipe open is waited for */

void
azml__step_keep (const char *bytes, size_t n, void *data)
{
  azml__buffer_add (data, bytes, n);
}

static int
start (const azml__step *step, int fd, pid_t *ret_pid, azml_error **err)
{
  azml__spawn spawn = { .program = step->argv[0],
                        .argv = step->argv,
                        .environ = step->environ,
                        .folder = step->folder,
                        .fds = { step->input ? step->input : -1, fd,
                                 step->only_output ? -1 : fd },
                        .new_session = 1 };
  if (step->inherit_fd >= 0)
    fcntl (step->inherit_fd, F_SETFD, 0);
  int rc = azml__spawn_start (&spawn, ret_pid, err);
  if (step->inherit_fd >= 0)
    fcntl (step->inherit_fd, F_SETFD, FD_CLOEXEC);
  return rc;
}

/* Pass on what FD has.  Return 0 at its end, 1 otherwise.  */
static int
take_output (const azml__step *step, int fd)
{
  char bytes[16384];
  for (;;)
    {
      ssize_t n = read (fd, bytes, sizeof bytes);
      if (n == 0)
        return 0;
      if (n < 0)
        return errno == EINTR || errno == EAGAIN;
      if (step->output)
        step->output (bytes, (size_t)n, step->data);
    }
}

/* Return 1 and store *RET_STATUS if PID has ended.  A child that somebody else
   reaped counts as killed: what it did is not known.  */
static int
has_ended (pid_t pid, int options, int *ret_status)
{
  pid_t got;
  while ((got = waitpid (pid, ret_status, options)) < 0 && errno == EINTR)
    continue;
  if (got < 0)
    *ret_status = SIGKILL;
  return got != 0;
}

/* Read FD and wait for PID until one is done, CANCEL is set or the time is up.  */
static int
follow (const azml__step *step, pid_t pid, int fd, int *ret_status,
        azml_error **err)
{
  int64_t end = azml__clock_boot_ms () + step->timeout_ms;
  for (;;)
    {
      struct pollfd poll = { .fd = fd, .events = POLLIN };
      int ready;
      int rc = azml__cancel_poll (step->cancel, &poll, 1, SLICE_MS, &ready, err);
      if (rc < 0)
        return rc;
      if (ready && !take_output (step, fd))
        break;
      if (!ready && has_ended (pid, WNOHANG, ret_status))
        return take_output (step, fd), 0;
      if (step->timeout_ms >= 0 && azml__clock_boot_ms () >= end)
        return azml__error (err, AZML_E_TIMEOUT, "'%s' gave no answer in %.3g s",
                            step->argv[0], (double)step->timeout_ms / 1000);
    }
  while (!has_ended (pid, WNOHANG, ret_status))
    {
      int ready;
      int rc = azml__cancel_poll (step->cancel, NULL, 0, 5, &ready, err);
      if (rc < 0)
        return rc;
    }
  return 0;
}

/* End PID and its group, politely first unless HASTY.  */
static void
end_group (pid_t pid, int hasty)
{
  int status;
  int64_t end = azml__clock_boot_ms () + (hasty ? HASTE_MS : GRACE_MS);
  kill (-pid, hasty ? SIGKILL : SIGTERM);
  while (!has_ended (pid, WNOHANG, &status))
    {
      if (azml__clock_boot_ms () >= end)
        {
          kill (-pid, SIGKILL);
          if (!hasty)
            has_ended (pid, 0, &status);
          break;
        }
      poll (NULL, 0, hasty ? 1 : 10);
    }
}

int
azml__step_run (const azml__step *step, int *ret_status, azml_error **err)
{
  int ends[2];
  pid_t pid;
  if (pipe (ends) < 0)
    return azml__error_os (err, errno, "make a pipe");
  AZML_AUTO_CLOSE int reader = ends[0];
  AZML_AUTO_CLOSE int writer = ends[1];
  fcntl (reader, F_SETFD, FD_CLOEXEC);
  fcntl (writer, F_SETFD, FD_CLOEXEC);
  fcntl (reader, F_SETFL, O_NONBLOCK);
  int rc = start (step, writer, &pid, err);
  if (rc < 0)
    return rc;
  close (azml__steal_fd (&writer));
  rc = follow (step, pid, reader, ret_status, err);
  if (rc < 0)
    end_group (pid, step->hasty);
  kill (-pid, SIGKILL); /* what it left behind must not write on */
  return rc;
}

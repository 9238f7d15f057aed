/* spawn.c: start a program.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cancel.h"

extern char **environ;

static int
set_attributes (posix_spawnattr_t *attributes, const azml__spawn *spawn)
{
  sigset_t none, all;
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  sigemptyset (&none);
  sigfillset (&all);
  posix_spawnattr_setsigmask (attributes, &none);
  posix_spawnattr_setsigdefault (attributes, &all);
  if (spawn->new_session)
    flags |= POSIX_SPAWN_SETSID;
  if (spawn->new_group)
    {
      flags |= POSIX_SPAWN_SETPGROUP;
      posix_spawnattr_setpgroup (attributes, 0);
    }
  return posix_spawnattr_setflags (attributes, flags);
}

static int
set_actions (posix_spawn_file_actions_t *actions, const azml__spawn *spawn)
{
  int rc = 0;
  for (int i = 0; i < 3 && rc == 0; i++)
    rc = spawn->fds[i] < 0
             ? posix_spawn_file_actions_addopen (actions, i, "/dev/null",
                                                 i ? O_WRONLY : O_RDONLY, 0)
             : posix_spawn_file_actions_adddup2 (actions, spawn->fds[i], i);
  if (rc == 0 && spawn->folder)
    rc = posix_spawn_file_actions_addchdir_np (actions, spawn->folder);
  return rc;
}

int
azml__spawn_start (const azml__spawn *spawn, pid_t *ret_pid, azml_error **err)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int rc = posix_spawn_file_actions_init (&actions);
  if (rc == 0 && (rc = posix_spawnattr_init (&attributes)))
    posix_spawn_file_actions_destroy (&actions);
  if (rc)
    return azml__error_os (err, rc, "prepare to start '%s'", spawn->program);
  rc = set_attributes (&attributes, spawn);
  if (rc == 0)
    rc = set_actions (&actions, spawn);
  if (rc == 0)
    rc = posix_spawnp (ret_pid, spawn->program, &actions, &attributes, spawn->argv,
                       spawn->environ ? spawn->environ : environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return rc ? azml__error_os (err, rc, "start '%s'", spawn->program) : 0;
}

int
azml__spawn_wait (pid_t pid, int *ret_status, azml_error **err)
{
  while (waitpid (pid, ret_status, 0) < 0)
    if (errno != EINTR)
      return azml__error_os (err, errno, "wait for process %d", (int)pid);
  return 0;
}

/* Read FD, what PROGRAM writes, to its end.  */
static int
read_all (int fd, const char *program, size_t limit, azml_cancel *cancel,
          azml__buffer *text, azml_error **err)
{
  char data[65536];
  for (;;)
    {
      struct pollfd poll = { .fd = fd, .events = POLLIN };
      int ready;
      int rc = azml__cancel_poll (cancel, &poll, 1, -1, &ready, err);
      if (rc < 0)
        return rc;
      ssize_t n = read (fd, data, sizeof data);
      if (n == 0)
        return azml__buffer_ok (text) ? 0 : azml__error_no_memory (err);
      if (n < 0 && errno != EINTR)
        return azml__error_os (err, errno, "read what %s says", program);
      if (n > 0)
        azml__buffer_add (text, data, (size_t)n);
      if (text->length > limit)
        return azml__error (err, AZML_E_TOO_LARGE, "%s says too much", program);
    }
}

int
azml__spawn_read (char *const *argv, const char *folder, size_t limit,
                  azml_cancel *cancel, azml__buffer *text, int *ret_code,
                  azml_error **err)
{
  int ends[2], status;
  pid_t pid;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  AZML_AUTO_CLOSE int from = ends[0];
  AZML_AUTO_CLOSE int to = ends[1];
  azml__spawn spawn = {
    .program = argv[0], .argv = argv, .folder = folder, .fds = { -1, to, -1 }
  };
  int rc = azml__spawn_start (&spawn, &pid, err);
  if (rc < 0)
    return rc;
  close (azml__steal_fd (&to));
  rc = read_all (from, argv[0], limit, cancel, text, err);
  if (rc < 0)
    kill (pid, SIGKILL);
  int waited = azml__spawn_wait (pid, &status, rc < 0 ? NULL : err);
  if (rc < 0 || waited < 0)
    return rc < 0 ? rc : waited;
  *ret_code = azml__spawn_exit_code (status);
  return 0;
}

int
azml__spawn_exit_code (int status)
{
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

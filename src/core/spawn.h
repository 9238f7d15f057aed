/* spawn.h: start a program.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   posix_spawn, never fork and then more: the caller may have Guile's threads.  The
   runner, which has none, starts the job itself (src/process/command.c).  */

#ifndef AZML_CORE_SPAWN_H
#define AZML_CORE_SPAWN_H

#include <azml/cancel.h>
#include <sys/types.h>

#include "core/buffer.h"
#include "core/error.h"

typedef struct azml__spawn
{
  const char *program; /* a path, or a name looked up on PATH */
  char *const *argv;
  char *const *environ; /* NULL: this process's */
  const char *folder;   /* working folder, NULL: this one */
  int fds[3];           /* become 0, 1, 2; -1: /dev/null */
  int new_session;      /* setsid: no terminal, no signals from it */
  int new_group;        /* setpgid (0, 0) */
} azml__spawn;

/* Start SPAWN.  Signals are unblocked and at their defaults in the child, other
   descriptors close (all of ours are O_CLOEXEC).  Store the pid in *RET_PID: the
   caller reaps it.  AZML_E_NOT_FOUND, AZML_E_DENIED, AZML_E_OS.  */
int azml__spawn_start (const azml__spawn *spawn, pid_t *ret_pid, azml_error **err);

/* Wait for PID; store the status of waitpid in *RET_STATUS.  */
int azml__spawn_wait (pid_t pid, int *ret_status, azml_error **err);

/* Run the program ARGV[0], looked up on PATH, in FOLDER, and append what it writes to TEXT: no
   more than LIMIT bytes, else AZML_E_TOO_LARGE.  Store its exit code in *RET_CODE.  It is killed
   if that fails.  */
int azml__spawn_read (char *const *argv, const char *folder, size_t limit,
                      azml_cancel *cancel, azml__buffer *text, int *ret_code,
                      azml_error **err);

/* The exit code as a shell says it: 128 + n for a signal.  */
int azml__spawn_exit_code (int status);

#endif

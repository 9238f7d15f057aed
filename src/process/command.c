/* command.c: starting the command of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   vfork, because it costs a fraction of fork, and because the child's errno arrives
   by itself: parent and child share their memory until the exec.  Nothing between
   the two may allocate or return.  */

#include <config.h>

#include "process/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/path.h"
#include "process/signals.h"

#define FOLDER_FAILED 1

void
azml__command_done (azml__command *command)
{
  azml__words_done (&command->argv);
  azml__words_done (&command->variables);
  free (command->folder);
  int *const ends[] = { &command->output, &command->input, &command->errors };
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (*ends[i] >= 0)
      close (*ends[i]);
  *command = (azml__command)AZML__COMMAND_INIT;
}

/* Is there a file NAME on SEARCH, although no program?  */
static int
is_on_path (const char *name, const char *search)
{
  for (const char *p = search;; p++)
    {
      size_t n = strcspn (p, ":");
      AZML_AUTO_FREE char *path = azml__path_format ("%.*s/%s", (int)n, p, name);
      if (path && n && access (path, F_OK) == 0)
        return 1;
      p += n;
      if (!*p)
        return 0;
    }
}

/* The file to execute for COMMAND (new).  */
static int
find_program (const azml__command *command, char **ret, azml_error **err)
{
  const char *name = command->argv.words[0];
  const char *search = azml__variables_get (&command->variables, "PATH");
  if (!search || !*search)
    search = "/usr/local/bin:/usr/bin:/bin";
  char *path =
      strchr (name, '/') ? strdup (name) : azml__path_program (name, search);
  if (!path && is_on_path (name, search))
    return azml__error (err, AZML_E_DENIED, "'%s' is not executable", name);
  if (!path)
    return azml__error (err, AZML_E_NOT_FOUND, "there is no command '%s'", name);
  *ret = path;
  return 0;
}

static _Noreturn void
child (const azml__command *command, const char *program, char *const *script,
       int input, pid_t parent, volatile int *failure)
{
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid () != parent)
    _exit (127);
  dup2 (command->input >= 0 ? command->input : input, 0);
  dup2 (command->output, 1);
  dup2 (command->errors >= 0 ? command->errors : command->output, 2);
  umask (command->user_umask);
  if (chdir (command->folder) < 0)
    {
      failure[0] = errno;
      failure[1] = FOLDER_FAILED;
      _exit (127);
    }
  azml__signals_reset ();
  execve (program, command->argv.words, command->variables.words);
  if (errno == ENOEXEC) /* a script without a first line: the shell's, as ever */
    execve (script[0], script, command->variables.words);
  failure[0] = errno;
  _exit (127);
}

/* Say why PROGRAM was not executed.  */
static int
explain (const azml__command *command, const char *program, const int failure[2],
         azml_error **err)
{
  struct stat st;
  const char *name = command->argv.words[0];
  if (failure[1] == FOLDER_FAILED)
    return azml__error (err, AZML_E_INVALID, "enter the working folder '%s': %s",
                        command->folder, strerror (failure[0]));
  if (failure[0] == ENOENT || failure[0] == ENOTDIR)
    {
      AZML_AUTO_FREE char *path = azml__path_join (command->folder, program);
      if (path && stat (path, &st) == 0)
        return azml__error (
            err, AZML_E_NOT_FOUND,
            "the interpreter in the first line of '%s' does not exist", name);
      return azml__error (err, AZML_E_NOT_FOUND, "there is no command '%s'", name);
    }
  if (failure[0] == EACCES || failure[0] == EPERM || failure[0] == ENOEXEC
      || failure[0] == EISDIR)
    return azml__error (err, AZML_E_DENIED, "'%s' is not executable", name);
  return azml__error (err, failure[0] == E2BIG ? AZML_E_DENIED : AZML_E_FAILED,
                      "execute '%s': %s", name, strerror (failure[0]));
}

/* vfork, all signals blocked meanwhile.  A function of its own, because what the
   child changes on the stack is changed for the parent, too.  */
static pid_t
start_child (const azml__command *command, const char *program, char *const *script,
             int input, volatile int *failure)
{
  pid_t parent = getpid ();
  sigset_t all, saved;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, &saved);
  pid_t pid = vfork ();
  if (pid == 0)
    child (command, program, script, input, parent, failure);
  int errnum = errno;
  sigprocmask (SIG_SETMASK, &saved, NULL);
  errno = errnum;
  return pid;
}

int
azml__command_start (const azml__command *command, pid_t *ret_pid, azml_error **err)
{
  AZML_AUTO_FREE char *program = NULL;
  AZML_AUTO_CLOSE int input = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  volatile int failure[2] = { 0, 0 };
  if (command->argv.failed || command->variables.failed)
    return azml__error_no_memory (err);
  int rc = find_program (command, &program, err);
  if (rc < 0)
    return rc;
  if (input < 0)
    return azml__error_os (err, errno, "open '/dev/null'");
  AZML_AUTO_FREE char **script = calloc (command->argv.count + 2, sizeof *script);
  if (!script)
    return azml__error_no_memory (err);
  script[0] = (char *)"/bin/sh";
  script[1] = program;
  memcpy (script + 2, command->argv.words + 1,
          (command->argv.count - 1) * sizeof *script);
  pid_t pid = start_child (command, program, script, input, failure);
  if (pid < 0)
    return azml__error_os (err, errno, "start '%s'", command->argv.words[0]);
  if (failure[0])
    {
      int seen[2] = { failure[0], failure[1] };
      while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
        continue;
      return explain (command, program, seen, err);
    }
  *ret_pid = pid;
  return 0;
}

/* end.c: a container that is at work, and how that ends.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/end.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "charge/status.h"
#include "container/ask.h"
#include "container/engine-explain.h"
#include "container/remove.h"
#include "core/json.h"
#include "core/path.h"
#include "process/signals.h"

/* docker itself passes on what it gets; what runs as root behind sudo gets nothing from
   us.  */
void
azml__container_signal (const azml__container *container, int number)
{
  const azml__engine *engine = &container->engine;
  AZML_AUTO_FREE char *signal = azml__path_format ("--signal=%d", number);
  char *words[] = { (char *)"kill", signal, container->name, NULL };
  azml__command command = AZML__COMMAND_INIT;
  pid_t pid;
  if ((!engine->sudo && !container->adrift) || !signal)
    return;
  command.variables = engine->variables;
  command.folder = container->run.charge->path;
  command.output = openat (container->run.charge->folder, "prepare.log",
                           O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  azml__words_add_all (&command.argv, engine->words.words);
  azml__words_add_all (&command.argv, words);
  azml__command_start (&command, &pid, NULL); /* reaped with the rest */
  azml__words_done (&command.argv);
  if (command.output >= 0)
    close (command.output);
}

int
azml__container_goes_on (azml__container *container, pid_t *ret_pid)
{
  AZML_AUTO_CLOSE int fd = openat (container->run.charge->folder, "container/begun",
                                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  pid_t parent = getpid ();
  /* A file system without locks tells nothing: who asked it again would never end.  */
  if (fd < 0 || flock (fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return 0;
  pid_t pid = fork ();
  if (pid == 0)
    {
      static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
      setsid ();
      prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      azml__signals_reset ();
      for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal (ignored[i], SIG_IGN); /* they are meant for the job */
      if (getppid () != parent)
        _exit (0);
      while (flock (fd, LOCK_SH) < 0 && errno == EINTR)
        continue;
      _exit (0);
    }
  if (pid < 0)
    return 0;
  container->adrift = 1;
  *ret_pid = pid;
  return 1;
}

static void
take_usage (const azml__container *container, const json_t *inner)
{
  const json_t *cpu = json_object_get (inner, "cpu");
  const json_t *memory = json_object_get (inner, "memory");
  double user = 0, system = 0;
  azml__json_get_number (json_object_get (cpu, "user"), &user);
  azml__json_get_number (json_object_get (cpu, "system"), &system);
  *container->run.usage =
      (azml__usage){ .user_us = (int64_t)(user * 1e6),
                     .system_us = (int64_t)(system * 1e6),
                     .peak_tree = azml__json_integer (memory, "peak_tree", 0),
                     .peak_process =
                         azml__json_integer (memory, "peak_process", 0) };
}

/* What the engine warns of when it makes a container (that the machine forwards no
   packets) is never why that ended.  */
static void
leave_out_warnings (azml__buffer *text)
{
  char *kept = text->data;
  for (const char *line = text->data; line && *line;)
    {
      size_t n = strcspn (line, "\n");
      n += line[n] == '\n';
      if (strncmp (line, "WARNING: ", 9) != 0)
        {
          memmove (kept, line, n);
          kept += n;
        }
      line += n;
    }
  if (kept)
    azml__buffer_truncate (text, (size_t)(kept - text->data));
}

/* The container is gone, and nothing inside told how it ended.  */
static void
note_failure (const azml__container *container, int status)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__prepare_log_read (container->run.charge->folder, container->log_start,
                          &text);
  leave_out_warnings (&text);
  int begun =
      faccessat (container->run.charge->folder, "container/begun", F_OK, 0) == 0;
  const char *what = begun ? "the container was ended from outside"
                           : "the container did not start";
  azml__engine_explain (what, text.data ? text.data : "", &err);
  if (!text.length && WIFSIGNALED (status))
    {
      azml_error_free (azml_steal (&err));
      azml__error (&err, AZML_E_FAILED, "%s: '%s' died by signal %d", what,
                   container->engine.words.words[0], WTERMSIG (status));
    }
  azml__status_cause (container->run.status, "container", azml_error_message (err));
  json_object_set_new (container->run.status, "error", azml__error_to_json (err));
}

/* The command has failed; TERMINATED: the container got SIGTERM before, and not from us.  */
static void
note_end (const azml__container *container, int terminated)
{
  if (terminated)
    azml__status_cause (
        container->run.status, NULL,
        "SIGTERM came from outside: the container was stopped, or its "
        "daemon was shut down");
  else if (azml__container_has_entry (container))
    azml__status_cause (container->run.status, NULL,
                        "the image's own entry point, which starts the command, or "
                        "the command failed");
}

/* A run whose outputs could not be copied has ended as it has, but that is told.  */
static void
bring_back (const azml__container *container)
{
  AZML_AUTO (azml_error) err = NULL;
  if (azml__container_take_leave (container->run.charge->folder, &err) < 0)
    azml__charge_event (container->run.charge,
                        json_pack ("{s:s, s:s, s:s}", "event", "container", "what",
                                   "not copied", "message",
                                   azml_error_message (err)));
}

int
azml__container_end (const azml__container *container, int status, int itself,
                     int *ret_status)
{
  AZML_AUTO (json_t) inner = NULL;
  int folder = container->run.charge->folder;
  if (container->copied)
    bring_back (container);
  if (container->stays)
    azml__container_remove (folder);
  if (azml__json_read (folder, "inner.json", &inner, NULL) < 0)
    {
      azml__container_remove (folder);
      /* The engine's own codes say that it has done what it could.  */
      if (!itself || !WIFEXITED (status) || WEXITSTATUS (status) < 125
          || WEXITSTATUS (status) > 127)
        azml__container_remove_late (container->run.charge);
      if (itself)
        note_failure (container, status);
      return 0;
    }
  take_usage (container, inner);
  const char *warning = azml__json_string (inner, "warning");
  if (warning)
    azml__charge_event (container->run.charge,
                        json_pack ("{s:s, s:s, s:s}", "event", "gpus", "what",
                                   "unseen", "message", warning));
  int number = (int)azml__json_integer (inner, "signal", 0);
  int code = (int)azml__json_integer (inner, "exit_code", 0);
  *ret_status = number ? number : W_EXITCODE (code & 0xff, 0);
  container->run.memory->victims += (int)azml__json_integer (inner, "oom_kills", 0);
  const json_t *error = json_object_get (inner, "error");
  int passed_on = (int)azml__json_integer (inner, "passed_on", 0);
  if (!error && (number || code))
    note_end (container, itself && passed_on == SIGTERM);
  if (!error)
    return 1;
  if (itself)
    {
      azml__status_cause (container->run.status, azml__json_string (inner, "cause"),
                          azml__json_string (error, "message"));
      json_object_set (container->run.status, "error", (json_t *)error);
    }
  return 0;
}

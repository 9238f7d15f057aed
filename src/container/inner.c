/* inner.c: the first process of a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Between the command and the run directory, which is mounted under the name that it has
   outside, stands nothing: it opens `log` itself.  A child waits for the lock on `alive`,
   which keeper and runner hold outside: whoever gets it is an orphan, and the end of the
   first process is the end of all.  */

#include <config.h>

#include "container/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/inner-gpus.h"
#include "container/inner-owner.h"
#include "container/inner-watch.h"
#include "core/file.h"
#include "core/path.h"
#include "process/command.h"
#include "process/signals.h"
#include "process/tree.h"

typedef struct inner
{
  int folder; /* the run directory */
  json_t *job;
  azml__command command;
  azml__inner_watch watch;
  int copied;     /* nothing is in common with the machine, see copy-in.c */
  json_t *report; /* inner.json */
} inner;

static int
fail (inner *self, const char *cause, azml_error *err)
{
  json_object_set_new (self->report, "cause", json_string (cause));
  json_object_set_new (self->report, "error", azml__error_to_json (err));
  return -1;
}

static void
fail_to_start (inner *self, azml_error *err)
{
  const char *cause = "internal";
  if (azml_error_code (err) == AZML_E_NOT_FOUND)
    cause = "not found";
  else if (azml_error_code (err) == AZML_E_DENIED)
    cause = "not executable";
  else if (azml_error_code (err) == AZML_E_INVALID)
    cause = "preparation";
  fail (self, cause, err);
}

/* The file NAME, or, where that is not seen outside, what the engine passes on: the first
   output is the log, the second is of preparations.  */
static int
open_output (const inner *self, const char *name, azml_error **err)
{
  int fd = self->copied
               ? fcntl (strcmp (name, "log") == 0 ? 1 : 2, F_DUPFD_CLOEXEC, 3)
               : openat (self->folder, name,
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
                             | O_NOCTTY,
                         0600);
  return fd < 0 ? azml__error_os (err, errno, "open '%s' in the container", name)
                : fd;
}

/* The preparation steps, which are at home where the command is.  */
static int
run_steps (inner *self)
{
  json_t *steps = json_object_get (self->job, "steps");
  for (size_t i = 0; i < json_array_size (steps); i++)
    {
      AZML_AUTO (azml_error) err = NULL;
      AZML_AUTO_STRINGS argv = NULL;
      azml__command command = self->command; /* folder and variables, borrowed */
      const json_t *step = json_array_get (steps, i);
      AZML_AUTO_FREE char *name =
          azml__json_get_bytes (json_object_get (step, "name"), NULL);
      int status = 0;
      pid_t pid = 0;
      command.argv = (azml__words)AZML__WORDS_INIT;
      int rc =
          azml__json_strings (json_object_get (step, "argv"), "argv", &argv, &err);
      azml__words_add_all (&command.argv, argv);
      if (rc == 0)
        rc = command.output = open_output (self, "prepare.log", &err);
      if (rc >= 0)
        rc = azml__command_start (&command, &pid, &err);
      azml__words_done (&command.argv);
      if (command.output >= 0)
        close (command.output);
      if (rc < 0)
        {
          azml__error_prefix (&err, rc, "step '%s'", name ? name : "?");
          return fail (self, "preparation", err);
        }
      azml__inner_wait (&self->watch, pid, &status);
      azml__inner_clear (&self->watch);
      if (status == 0 && !self->watch.orphan)
        continue;
      azml__error (&err, AZML_E_FAILED, "step '%s' %s %d", name ? name : "?",
                   WIFSIGNALED (status) ? "died by signal" : "exited with code",
                   WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status));
      azml__error_hint (&err, "prepare.log of the run has what it printed");
      return fail (self, "preparation", err);
    }
  self->watch.usage = (azml__usage){ 0 };
  return 0;
}

static int
read_command (inner *self, azml_error **err)
{
  AZML_AUTO_STRINGS argv = NULL;
  AZML_AUTO_STRINGS variables = NULL;
  azml__command *command = &self->command;
  int rc =
      azml__json_strings (json_object_get (self->job, "argv"), "argv", &argv, err);
  if (rc == 0)
    rc = azml__json_strings (json_object_get (self->job, "variables"), "variables",
                             &variables, err);
  if (rc < 0)
    return rc;
  command->folder =
      azml__json_get_bytes (json_object_get (self->job, "folder"), NULL);
  command->user_umask = (mode_t)azml__json_integer (self->job, "umask", 022);
  azml__words_add_all (&command->argv, argv);
  /* What the engine or its hooks have set stays unless the run has it, too.  */
  azml__variables_inherit (&command->variables);
  for (char **word = variables; *word; word++)
    {
      char *value = strchr (*word, '=');
      if (!value)
        continue;
      *value++ = '\0';
      azml__variables_set (&command->variables, *word, value);
    }
  return command->folder ? 0 : azml__error_no_memory (err);
}

/* Some images have only `python`, some only `python3`.  */
static void
find_python (inner *self)
{
  azml__command *command = &self->command;
  const char *search = azml__variables_get (&command->variables, "PATH");
  static const char *const names[] = { "python", "python3" };
  if (!json_is_true (json_object_get (self->job, "python")))
    return;
  AZML_AUTO_FREE char *given = azml__path_program (command->argv.words[0], search);
  for (size_t i = 0; !given && i < 2; i++)
    {
      AZML_AUTO_FREE char *other = azml__path_program (names[i], search);
      char *copy = other ? strdup (names[i]) : NULL;
      if (!copy)
        continue;
      free (command->argv.words[0]);
      command->argv.words[0] = copy;
      return;
    }
}

/* A GPU that the run can do without is missed, and that is all.  */
static int
check_gpus (inner *self)
{
  AZML_AUTO (azml_error) err = NULL;
  if (azml__inner_gpus (self->job, &err) == 0)
    return 0;
  if (!json_is_true (json_object_get (self->job, "gpus_optional")))
    return fail (self, "gpus", err);
  json_object_set_new (self->report, "warning",
                       json_string (azml_error_message (err)));
  return 0;
}

/* What the image lacks, which begins the command.  */
static void
explain_absence (const inner *self, azml_error **err)
{
  const char *first = self->command.argv.count ? self->command.argv.words[0] : "";
  if (azml_error_code (*err) != AZML_E_NOT_FOUND)
    return;
  if (json_is_true (json_object_get (self->job, "python")))
    azml__error_hint (err, "the image has no Python: name another base image, or "
                           "give the environment a conda package 'python'");
  else if (json_is_true (json_object_get (self->job, "entry")))
    azml__error_hint (err, "it is the image's own entry point, which "
                           "(entrypoint 'image) asks for");
  else if (strcmp (first, "/bin/sh") == 0)
    azml__error_hint (err, "the image has no shell, which setup lines need");
  else
    azml__error_hint (err, "it is not in the image");
}

static void
run_command (inner *self)
{
  AZML_AUTO (azml_error) err = NULL;
  int status = 0;
  pid_t pid = 0;
  int rc = self->command.output = open_output (self, "log", &err);
  if (rc >= 0)
    rc = azml__command_start (&self->command, &pid, &err);
  if (rc < 0)
    {
      explain_absence (self, &err);
      fail_to_start (self, err);
      return;
    }
  close (azml__steal_fd (&self->command.output));
  azml__inner_wait (&self->watch, pid, &status);
  azml__inner_clear (&self->watch);
  if (self->watch.orphan)
    return;
  if (WIFSIGNALED (status))
    json_object_set_new (self->report, "signal", json_integer (WTERMSIG (status)));
  else
    json_object_set_new (self->report, "exit_code",
                         json_integer (WEXITSTATUS (status)));
  if (azml__signals_seen.stop)
    json_object_set_new (self->report, "passed_on",
                         json_integer (azml__signals_seen.stop));
}

/* The number in FILE behind KEY, or, with NULL, at its start; -1: there is none.  */
static long long
read_number (const char *file, const char *key)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (azml__file_read (AT_FDCWD, file, 65536, &text, NULL) < 0 || !text.data)
    return -1;
  const char *p = key ? strstr (text.data, key) : text.data;
  return p ? atoll (p + (key ? strlen (key) : 0)) : -1;
}

/* What the control group of the container says outweighs what was sampled.  */
static void
report_usage (inner *self)
{
  long long peak = read_number ("/sys/fs/cgroup/memory.peak", NULL);
  if (peak < 0)
    peak = read_number ("/sys/fs/cgroup/memory/memory.max_usage_in_bytes", NULL);
  long long kills = read_number ("/sys/fs/cgroup/memory.events", "oom_kill ");
  if (kills < 0)
    kills = read_number ("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill ");
  azml__usage_report (&self->watch.usage, self->report);
  if (peak > 0)
    json_object_set_new (self->report, "cgroup_peak", json_integer (peak));
  if (kills > 0)
    json_object_set_new (self->report, "oom_kills", json_integer (kills));
}

static int
exit_code (const json_t *report)
{
  int number = (int)azml__json_integer (report, "signal", 0);
  return number ? 128 + number : (int)azml__json_integer (report, "exit_code", 125);
}

/* Read what there is to do; it is gone from the disk then.  0 unless this is not the run's
   machine.  */
static int
read_job (inner *self, const char *path, azml_error **err)
{
  int rc = azml__folder_open (path, &self->folder, err);
  if (rc == 0)
    rc = azml__json_read (self->folder, "container/job.json", &self->job, err);
  if (rc < 0)
    return rc;
  unlinkat (self->folder, "container/job.json", 0);
  self->copied = json_is_true (json_object_get (self->job, "copied"));
  const char *id = azml__json_string (self->job, "id");
  if (!id || strcmp (id, azml__path_base (path)) != 0)
    return azml__error (err, AZML_E_FORMAT, "'%s' is not the run's directory",
                        path);
  int fd = openat (self->folder, "container/begun",
                   O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  /* Locked as long as this process lives, for who waits for its end without the engine.  */
  if (fd >= 0)
    flock (fd, LOCK_EX | LOCK_NB);
  return 0;
}

int
azml__inner_run (const char *path, azml_error **err)
{
  AZML_AUTO (azml_error) failure = NULL;
  inner self = { .folder = -1, .command = AZML__COMMAND_INIT };
  /* The engine may have been told of another user than that of those outside, who read what
     is written here all the same.  */
  umask (022);
  if (read_job (&self, path, &failure) < 0)
    {
      int denied = azml_error_code (failure) == AZML_E_DENIED
                   || azml_error_native (failure) == EACCES;
      fprintf (stderr, "the run's directory is not in the container: %s\n",
               denied ? "mount: permission denied"
                      : "bind source path does not exist");
      azml__error_move (err, &failure);
      return 125;
    }
  self.report = json_pack ("{s:i}", "version", 1);
  self.watch.memory.kills = -1;
  azml__signals_install (NULL);
  azml__tree_adopt ();
  azml__inner_guard (&self.watch, self.folder, self.copied);
  int rc = read_command (&self, &failure);
  if (rc < 0)
    fail_to_start (&self, failure);
  else
    {
      find_python (&self);
      rc = check_gpus (&self);
      if (rc == 0)
        rc = run_steps (&self);
    }
  if (rc == 0 && !self.watch.orphan)
    run_command (&self);
  if (self.watch.orphan)
    return 137;
  if (!self.copied)
    azml__inner_give_back (self.folder);
  report_usage (&self);
  if (azml__json_write (self.folder, "inner.json", self.report, 0644, 0, err) < 0)
    return 125;
  return exit_code (self.report);
}

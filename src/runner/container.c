/* container.c: a run whose command is in a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/container.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "charge/status.h"
#include "charge/share.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/path.h"
#include "process/signals.h"

void
azml__container_free (azml__container *container)
{
  if (!container)
    return;
  azml__engine_done (&container->engine);
  free (container->name);
  free (container->base);
  free (container->hash);
  free (container->image);
  json_decref (container->facts);
  if (container->used >= 0)
    close (container->used);
  if (container->leash >= 0)
    close (container->leash);
  free (container);
}

int
azml__container_prepare (azml__runner *runner, const char **ret_cause,
                         azml_error **err)
{
  const json_t *spec = runner->job.container;
  azml__container *container = calloc (1, sizeof *container);
  *ret_cause = "container";
  if (!container)
    return azml__error_no_memory (err);
  runner->container = container;
  container->used = container->leash = -1;
  container->copied = json_is_true (json_object_get (spec, "copy"));
  container->spec = spec;
  container->name = azml__path_format ("azml-%s", runner->charge->id);
  container->base = azml__json_get_bytes (json_object_get (spec, "image"), NULL);
  if (!container->name || !container->base)
    return azml__error_no_memory (err);
  int rc = azml__engine_find (&container->engine,
                              azml__json_string (spec, "engine"), err);
  if (rc == 0)
    rc = azml__image_ensure (runner, ret_cause, err);
  return rc;
}

void
azml__container_inherit (const azml__container *container, azml__words *variables)
{
  json_t *list =
      json_object_get (json_object_get (container->facts, "Config"), "Env");
  for (size_t i = 0; i < json_array_size (list); i++)
    {
      const char *line = json_string_value (json_array_get (list, i));
      if (line && strchr (line, '='))
        azml__words_add (variables, line);
    }
}

/* The image's own entry point, if it is asked for and there is one; else NULL.  */
static json_t *
entry_of (const azml__container *container)
{
  const char *entry = azml__json_string (container->spec, "entrypoint");
  json_t *list =
      json_object_get (json_object_get (container->facts, "Config"), "Entrypoint");
  return entry && strcmp (entry, "image") == 0 && json_array_size (list) ? list
                                                                         : NULL;
}

static int
has_entry (const azml__container *container)
{
  return entry_of (container) != NULL;
}

void
azml__container_entry (const azml__container *container, azml__words *words)
{
  json_t *list = entry_of (container);
  for (size_t i = 0; i < json_array_size (list); i++)
    {
      const char *word = json_string_value (json_array_get (list, i));
      if (word)
        azml__words_add (words, word);
    }
}

/* How to reach the engine again, for whoever has to remove the container: perhaps another
   process, with other variables.  */
int
azml__container_address (const azml__runner *runner, azml_error **err)
{
  static const char *const names[] = { "PATH",
                                       "HOME",
                                       "DOCKER_HOST",
                                       "DOCKER_CONTEXT",
                                       "DOCKER_CONFIG",
                                       "XDG_RUNTIME_DIR",
                                       "DOCKER_TLS_VERIFY",
                                       "DOCKER_CERT_PATH",
                                       "CONTAINER_HOST" };
  const azml__container *container = runner->container;
  json_t *argv = json_array (), *variables = json_object ();
  AZML_AUTO (json_t)
  json = json_pack ("{s:s, s:o, s:o}", "name", container->name, "argv", argv,
                    "variables", variables);
  if (!json)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < container->engine.words.count; i++)
    json_array_append_new (argv,
                           azml__json_text (container->engine.words.words[i]));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      const char *value =
          azml__variables_get (&container->engine.variables, names[i]);
      if (value)
        json_object_set_new (variables, names[i], azml__json_text (value));
    }
  if (container->since)
    {
      AZML_AUTO_FREE char *share =
          azml__share_folder (runner->charge, &runner->job);
      json_object_set_new (json, "copied",
                           json_pack ("{s:o, s:o*, s:I}", "path",
                                      azml__json_text (runner->charge->path),
                                      "share",
                                      share ? azml__json_text (share) : NULL,
                                      "since", (json_int_t)container->since));
    }
  return azml__json_write (runner->charge->folder, "container/engine.json", json,
                           0600, 0, err);
}

/* What the inner runner reads.  It holds the variables: only this user may read it, and it
   is removed as soon as it was read.  */
static int
write_job (const azml__runner *runner, azml_error **err)
{
  const azml__command *command = &runner->command;
  json_t *argv = json_array (), *variables = json_array (), *gpus = json_array ();
  AZML_AUTO (json_t)
  json = json_pack (
      "{s:i, s:s, s:o, s:o, s:o, s:o, s:i, s:b, s:f, s:O*, s:b, s:s, s:b}",
      "version", 1, "id", runner->charge->id, "argv", argv, "variables", variables,
      "gpus", gpus, "folder", azml__json_text (command->folder), "umask",
      (int)command->user_umask, "python", runner->job.python && !runner->job.setup,
      "grace", runner->job.grace, "steps", runner->job.steps, "gpus_optional",
      runner->job.gpus && runner->job.gpus->optional, "gpu_hint",
      azml__gpu_door_hint (runner->container->door,
                           runner->container->engine.podman),
      "entry", has_entry (runner->container));
  if (!json)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < command->argv.count; i++)
    json_array_append_new (argv, azml__json_text (command->argv.words[i]));
  for (size_t i = 0; i < command->variables.count; i++)
    json_array_append_new (variables,
                           azml__json_text (command->variables.words[i]));
  for (size_t i = 0; i < runner->lease.count; i++)
    json_array_append_new (gpus, json_string (runner->lease.uuids[i]));
  return azml__json_write (runner->charge->folder, "container/job.json", json, 0600,
                           0, err);
}

static int
make_folder (const azml__runner *runner, const char *name, azml_error **err)
{
  if (mkdirat (runner->charge->folder, name, 0700) < 0 && errno != EEXIST)
    return azml__error_os (err, errno, "make the folder '%s'", name);
  return 0;
}

/* Into WORDS go those of the engine that start the container.  */
static int
make_words (azml__runner *runner, azml__words *words, azml_error **err)
{
  azml__container *container = runner->container;
  int rc = make_folder (runner, "container", err);
  if (rc == 0)
    rc = make_folder (runner, "home", err);
  if (rc == 0)
    rc = azml__container_accounts (runner, err);
  if (rc == 0)
    rc = azml__container_address (runner, err);
  if (rc == 0)
    rc = azml__container_words (runner, words, err);
  /* At a second try the words are no longer those inside.  */
  if (rc == 0 && !container->ready)
    rc = write_job (runner, err);
  container->ready = 1;
  if (rc == 0 && container->copied)
    {
      rc = azml__container_fill (runner, words, err);
      if (rc < 0)
        azml__container_remove (runner->charge->folder);
    }
  return rc;
}

int
azml__container_ready (azml__runner *runner, azml_error **err)
{
  azml__words words = AZML__WORDS_INIT, variables = AZML__WORDS_INIT;
  azml__command *command = &runner->command;
  azml__container *container = runner->container;
  container->since = container->copied ? (int64_t)time (NULL) : 0;
  int rc = make_words (runner, &words, err);
  azml__words_add_all (&variables, container->engine.variables.words);
  if (rc < 0)
    {
      azml__words_done (&words);
      azml__words_done (&variables);
      return rc;
    }
  azml__words_done (&command->argv);
  azml__words_done (&command->variables);
  free (command->folder);
  command->argv = words;
  command->variables = variables;
  command->folder = strdup (runner->charge->path);
  command->user_umask = 077;
  container->log_start = azml__prepare_log_size (runner->charge->folder);
  return command->folder ? 0 : azml__error_no_memory (err);
}

/* docker itself passes on what it gets; what runs as root behind sudo gets nothing from
   us.  */
void
azml__container_signal (azml__runner *runner, int number)
{
  const azml__engine *engine = &runner->container->engine;
  AZML_AUTO_FREE char *signal = azml__path_format ("--signal=%d", number);
  char *words[] = { (char *)"kill", signal, runner->container->name, NULL };
  azml__command command = AZML__COMMAND_INIT;
  pid_t pid;
  if ((!engine->sudo && !runner->container->adrift) || !signal)
    return;
  command.variables = engine->variables;
  command.folder = runner->charge->path;
  command.output = openat (runner->charge->folder, "prepare.log",
                           O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  azml__words_add_all (&command.argv, engine->words.words);
  azml__words_add_all (&command.argv, words);
  azml__command_start (&command, &pid, NULL); /* reaped with the rest */
  azml__words_done (&command.argv);
  if (command.output >= 0)
    close (command.output);
}

int
azml__container_goes_on (azml__runner *runner, pid_t *ret_pid)
{
  AZML_AUTO_CLOSE int fd = openat (runner->charge->folder, "container/begun",
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
  runner->container->adrift = 1;
  *ret_pid = pid;
  return 1;
}

static void
take_usage (azml__runner *runner, const json_t *inner)
{
  const json_t *cpu = json_object_get (inner, "cpu");
  const json_t *memory = json_object_get (inner, "memory");
  double user = 0, system = 0;
  azml__json_get_number (json_object_get (cpu, "user"), &user);
  azml__json_get_number (json_object_get (cpu, "system"), &system);
  runner->usage =
      (azml__usage){ .user_us = (int64_t)(user * 1e6),
                     .system_us = (int64_t)(system * 1e6),
                     .peak_tree = azml__json_integer (memory, "peak_tree", 0),
                     .peak_process =
                         azml__json_integer (memory, "peak_process", 0) };
}

/* The container is gone, and nothing inside told how it ended.  */
static void
note_failure (azml__runner *runner, int status)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__prepare_log_read (runner->charge->folder, runner->container->log_start,
                          &text);
  int begun = faccessat (runner->charge->folder, "container/begun", F_OK, 0) == 0;
  const char *what = begun ? "the container was ended from outside"
                           : "the container did not start";
  azml__engine_explain (what, text.data ? text.data : "", &err);
  if (!text.length && WIFSIGNALED (status))
    {
      azml_error_free (azml_steal (&err));
      azml__error (&err, AZML_E_FAILED, "%s: '%s' died by signal %d", what,
                   runner->container->engine.words.words[0], WTERMSIG (status));
    }
  azml__status_cause (runner->status, "container", azml_error_message (err));
  json_object_set_new (runner->status, "error", azml__error_to_json (err));
}

/* A run whose outputs could not be copied has ended as it has, but that is told.  */
static void
bring_back (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  if (azml__container_take_leave (runner->charge->folder, &err) < 0)
    azml__charge_event (runner->charge,
                        json_pack ("{s:s, s:s, s:s}", "event", "container", "what",
                                   "not copied", "message",
                                   azml_error_message (err)));
}

int
azml__container_end (azml__runner *runner, int status, int *ret_status)
{
  AZML_AUTO (json_t) inner = NULL;
  int folder = runner->charge->folder;
  if (runner->container->copied)
    bring_back (runner);
  if (runner->container->stays)
    azml__container_remove (folder);
  if (azml__json_read (folder, "inner.json", &inner, NULL) < 0)
    {
      azml__container_remove (folder);
      if (runner->ended_itself)
        note_failure (runner, status);
      return 0;
    }
  take_usage (runner, inner);
  const char *warning = azml__json_string (inner, "warning");
  if (warning)
    azml__charge_event (runner->charge,
                        json_pack ("{s:s, s:s, s:s}", "event", "gpus", "what",
                                   "unseen", "message", warning));
  int number = (int)azml__json_integer (inner, "signal", 0);
  int code = (int)azml__json_integer (inner, "exit_code", 0);
  *ret_status = number ? number : W_EXITCODE (code & 0xff, 0);
  runner->memory.victims += (int)azml__json_integer (inner, "oom_kills", 0);
  const json_t *error = json_object_get (inner, "error");
  if (!error && (number || code) && has_entry (runner->container))
    azml__status_cause (runner->status, NULL,
                        "the image's own entry point, which starts the command, or "
                        "the command failed");
  if (!error)
    return 1;
  if (runner->ended_itself)
    {
      azml__status_cause (runner->status, azml__json_string (inner, "cause"),
                          azml__json_string (error, "message"));
      json_object_set (runner->status, "error", (json_t *)error);
    }
  return 0;
}

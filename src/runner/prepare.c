/* prepare.c: source, inputs, environment and steps, before the command starts.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "charge/status.h"
#include "container/prepare.h"
#include "core/file.h"
#include "core/path.h"
#include "environment/environment.h"
#include "process/signals.h"
#include "runner/compose.h"
#include "runner/reads.h"
#include "runner/spare.h"
#include "runner/watch.h"
#include "snapshot/snapshot.h"

/* A snapshot with fewer files and bytes is there in a moment.  */
#define MANY_FILES 100
#define MANY_BYTES (4 << 20)

static void
azml__environment_plan_auto (azml__environment_plan *plan)
{
  azml__environment_plan_done (plan);
}

static void
active_done (azml__active *active)
{
  free (active->bin);
  free (active->python);
  json_decref (active->variables);
}

/* Note ERR as the end, with CAUSE.  Return -1.  */
static int
fail (azml__runner *runner, const char *cause, const azml_error *err)
{
  azml__status_cause (runner->status, cause, azml_error_message (err));
  json_object_set_new (runner->status, "error", azml__error_to_json (err));
  return -1;
}

/* Let OBJECTS know from which folder the snapshot was taken.  On another machine there is none
   of that name, or one that has the same contents or not.  */
static int
set_origin (const azml__runner *runner, azml__objects *objects, azml_error **err)
{
  AZML_AUTO (json_t) run = azml__charge_run (runner->charge);
  const json_t *named = json_object_get (run, "source");
  AZML_AUTO_FREE char *folder = azml__json_get_bytes (
      named ? named : json_object_get (run, "directory"), NULL);
  return folder ? azml__objects_set_source (objects, folder, err) : 0;
}

static int
materialise (azml__runner *runner, const char *source, azml_error **err)
{
  AZML_AUTO (azml__objects) objects = NULL;
  azml__materialise_report report = { 0 };
  int rc = azml__objects_open (runner->charge->objects, &objects, err);
  if (rc == 0)
    rc = set_origin (runner, objects, err);
  if (rc == 0)
    rc = azml__snapshot_materialise (objects, &runner->job.snapshot, source,
                                     runner->cancel, &report, &runner->linked, err);
  if (report.mended)
    json_object_set_new (runner->status, "mended_objects",
                         json_integer ((json_int_t)report.mended));
  return rc;
}

static int
make_source (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  struct timespec now;
  AZML_AUTO_FREE char *source = azml__path_join (runner->charge->path, "source");
  int rc = 0;
  umask (runner->charge->user_umask);
  if (!source)
    rc = azml__error_no_memory (&err);
  else if (azml__spare_take (runner))
    ;
  else if (mkdir (source, 0777) < 0)
    rc = azml__error_os (&err, errno, "make the folder '%s'", source);
  else if (runner->job.has_snapshot)
    rc = materialise (runner, source, &err);
  if (rc == 0)
    azml__reads_begin (runner);
  if (rc == 0
      && symlinkat ("../outputs", runner->charge->folder, "source/outputs") < 0)
    rc = azml__error_os (&err, errno, "link 'source/outputs'");
  azml__umask_take ();
  clock_gettime (CLOCK_REALTIME, &now);
  runner->prepared_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
  return rc < 0 ? fail (runner, "snapshot", err) : 0;
}

static int
link_input (azml__runner *runner, const json_t *input, azml_error **err)
{
  struct stat st;
  AZML_AUTO_FREE char *name =
      azml__json_get_bytes (json_object_get (input, "name"), NULL);
  AZML_AUTO_FREE char *path =
      azml__json_get_bytes (json_object_get (input, "path"), NULL);
  AZML_AUTO_FREE char *link = name ? azml__path_join ("inputs", name) : NULL;
  if (!link || !path)
    return azml__error_no_memory (err);
  if (stat (path, &st) < 0)
    return azml__error_os (err, errno, "input '%s': '%s'", name, path);
  if (symlinkat (path, runner->charge->folder, link) < 0)
    return azml__error_os (err, errno, "link input '%s'", name);
  return 0;
}

static int
link_inputs (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  size_t n = json_array_size (runner->job.inputs);
  int rc = 0;
  if (n && mkdirat (runner->charge->folder, "inputs", 0700) < 0)
    rc = azml__error_os (&err, errno, "make the folder 'inputs'");
  for (size_t i = 0; i < n && rc == 0; i++)
    rc = link_input (runner, json_array_get (runner->job.inputs, i), &err);
  return rc < 0 ? fail (runner, "preparation", err) : 0;
}

static void
environment_event (json_t *event, void *data)
{
  azml__runner *runner = data;
  azml__charge_event (runner->charge, json_incref (event));
}

static int
open_prepare_log (azml__runner *runner)
{
  return openat (runner->charge->folder, "prepare.log",
                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Write the exact versions to environment.lock, one a line.  */
static void
write_lock (azml__runner *runner, const json_t *description)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  json_t *packages = json_object_get (description, "packages");
  for (size_t i = 0; i < json_array_size (packages); i++)
    {
      const char *package = json_string_value (json_array_get (packages, i));
      if (package)
        azml__buffer_add_format (&text, "%s\n", package);
    }
  if (azml__buffer_ok (&text) && text.length)
    azml__file_replace (runner->charge->folder, "environment.lock", text.data,
                        text.length, 0600, 0, NULL);
}

static void
report_environment (azml__runner *runner, const azml__environment_plan *plan,
                    int built)
{
  AZML_AUTO (json_t) description = NULL;
  json_t *report = json_object ();
  if (plan->hash)
    {
      azml__environment_describe (plan, &description, NULL);
      json_object_set_new (report, "hash", json_string (plan->hash));
      json_object_set_new (report, "builder", json_string (plan->builder));
      json_object_set_new (report, "path", azml__json_text (plan->path));
      json_object_set_new (report, "built", json_boolean (built));
      json_t *seconds = json_object_get (description, "seconds");
      if (built && seconds)
        json_object_set (report, "seconds", seconds);
      write_lock (runner, description);
    }
  /* Which python conda has installed is known only afterwards.  */
  const char *python =
      plan->python ? plan->python : azml__json_string (description, "python");
  if (python)
    json_object_set_new (report, "python", json_string (python));
  if (json_object_size (report))
    json_object_set (runner->status, "environment", report);
  json_decref (report);
}

static int
build_environment (azml__runner *runner, const azml__environment_plan *plan,
                   azml_error **err)
{
  int built = 0;
  AZML_AUTO_CLOSE int log = plan->hash ? open_prepare_log (runner) : -1;
  azml__environment_options options = { .log_fd = log,
                                        .cancel = runner->cancel,
                                        .holder = runner->charge->id,
                                        .event = environment_event,
                                        .data = runner };
  int rc = plan->hash ? azml__environment_ensure (plan, &options,
                                                  &runner->environment, &built, err)
                      : 0;
  if (rc == 0)
    report_environment (runner, plan, built);
  return rc;
}

/* Make the container, whose engine and image are there then.  */
static int
prepare_container (azml__runner *runner, const char **ret_cause, azml_error **err)
{
  static const azml__container_calls calls = { azml__runner_watch,
                                               azml__runner_is_ending,
                                               azml__runner_save };
  const azml__container_run run = { .charge = runner->charge,
                                    .job = &runner->job,
                                    .status = runner->status,
                                    .lease = &runner->lease,
                                    .usage = &runner->usage,
                                    .memory = &runner->memory,
                                    .runner = runner,
                                    .calls = &calls };
  *ret_cause = "container";
  runner->container = azml__container_new (&run);
  return runner->container
             ? azml__container_prepare (runner->container, ret_cause, err)
             : azml__error_no_memory (err);
}

/* Meet the environment's specification; fill runner->command.  */
static int
make_command (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_CLEANUP (azml__environment_plan_auto) azml__environment_plan plan = { 0 };
  AZML_CLEANUP (active_done) azml__active active = { 0 };
  const char *cause = "environment";
  int rc = 0;
  if (runner->job.container)
    rc = prepare_container (runner, &cause, &err);
  else if (json_object_size (runner->job.environment))
    {
      rc = azml__environment_make_plan (runner->job.environment,
                                        runner->charge->root, NULL, &plan, &err);
      if (rc == 0)
        rc = build_environment (runner, &plan, &err);
      if (rc == 0)
        rc = azml__environment_activate (&plan, &active.bin, &active.python,
                                         &active.variables, &err);
      active.prefix = plan.prefix;
    }
  if (rc < 0)
    return fail (runner, cause, err);
  rc = azml__compose_command (runner, &active, &err);
  return rc < 0 ? fail (runner, "preparation", err) : 0;
}

static int
step_failed (azml__runner *runner, const char *name, int status)
{
  AZML_AUTO (azml_error) err = NULL;
  if (WIFSIGNALED (status))
    azml__error (&err, AZML_E_FAILED, "step '%s' died by signal %d", name,
                 WTERMSIG (status));
  else
    azml__error (&err, AZML_E_FAILED, "step '%s' exited with code %d", name,
                 WEXITSTATUS (status));
  azml__error_hint (&err, "prepare.log of the run has what it printed");
  return fail (runner, "preparation", err);
}

static int
run_step (azml__runner *runner, const json_t *step)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_STRINGS argv = NULL;
  AZML_AUTO_FREE char *named =
      azml__json_get_bytes (json_object_get (step, "name"), NULL);
  int status = 0;
  pid_t pid = 0;
  /* The job's folder and variables, borrowed; its own words and output.  */
  azml__command command = runner->command;
  int rc = azml__json_strings (json_object_get (step, "argv"), "argv", &argv, &err);
  if (rc < 0)
    return fail (runner, "preparation", err);
  const char *name = named ? named : argv[0];
  command.argv = (azml__words)AZML__WORDS_INIT;
  azml__words_add_all (&command.argv, argv);
  command.output = open_prepare_log (runner);
  azml__charge_event (runner->charge, json_pack ("{s:s,s:o}", "event", "step",
                                                 "name", azml__json_text (name)));
  rc = azml__command_start (&command, &pid, &err);
  if (command.output >= 0)
    close (command.output);
  azml__words_done (&command.argv);
  if (rc < 0)
    {
      azml__error_prefix (&err, rc, "step '%s'", name);
      return fail (runner, "preparation", err);
    }
  int fine = azml__runner_watch (runner, pid, &status);
  azml__runner_clear (runner);
  if (!fine)
    return -1;
  return status ? step_failed (runner, name, status) : 0;
}

/* 1 if preparing may take more than a moment.  */
static int
takes_time (const azml__runner *runner)
{
  if (runner->job.steps || runner->job.environment)
    return 1;
  if (!runner->job.has_snapshot)
    return 0;
  AZML_AUTO (json_t) run = azml__charge_run (runner->charge);
  const json_t *snapshot = json_object_get (run, "snapshot");
  return azml__json_integer (snapshot, "files", MANY_FILES) >= MANY_FILES
         || azml__json_integer (snapshot, "bytes", MANY_BYTES) >= MANY_BYTES;
}

int
azml__prepare (azml__runner *runner)
{
  /* What is started meanwhile carries the run's id, so that it can be found by it.
   */
  setenv ("AZML_RUN_ID", runner->charge->id, 1);
  if (takes_time (runner))
    azml__runner_save (runner);
  azml__signals_open ();
  int rc = make_source (runner);
  if (rc == 0)
    rc = link_inputs (runner);
  if (rc == 0)
    rc = make_command (runner);
  azml__signals_shut ();
  if (rc < 0)
    azml__runner_is_ending (runner); /* what was cancelled may have been stopped */
  /* In a container the inner runner runs them.  */
  size_t n = runner->container ? 0 : json_array_size (runner->job.steps);
  for (size_t i = 0; i < n && rc == 0 && !azml__runner_is_ending (runner); i++)
    rc = run_step (runner, json_array_get (runner->job.steps, i));
  return rc;
}

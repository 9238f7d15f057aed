/* compose.c: the words and the variables that make up a run's command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/compose.h"

#include <ctype.h>
#include <string.h>

#include "charge/share.h"
#include "container/container.h"
#include "core/path.h"
#include "lease/gpus.h"

/* Variables of this kind carry what the setup lines may change and must not.  */
#define KEPT "AZML_KEPT_"

static int
is_shell_name (const char *name)
{
  if (!*name || isdigit ((unsigned char)*name))
    return 0;
  for (; *name; name++)
    if (!isalnum ((unsigned char)*name) && *name != '_')
      return 0;
  return 1;
}

static int
set_all (azml__words *variables, const json_t *json, azml_error **err)
{
  const char *name;
  json_t *value;
  json_object_foreach ((json_t *)json, name, value)
  {
    AZML_AUTO_FREE char *text = azml__json_get_bytes (value, NULL);
    if (!text || !*name || strchr (name, '='))
      return azml__error (err, AZML_E_FORMAT, "the variable '%s' is not a text",
                          name);
    azml__variables_set (variables, name, text);
  }
  return 0;
}

static void
set_share (azml__runner *runner, azml__words *variables)
{
  AZML_AUTO_FREE char *path = azml__share_folder (runner->charge, &runner->job);
  if (path)
    azml__variables_set (variables, "AZUREML_NATIVE_SHARE_DIRECTORY",
                         runner->container ? AZML__CONTAINER_SHARE : path);
}

/* A relative path is that of the package which was placed with the runner, below
   FOLDER, where the runner is.  */
static void
set_python_path (const azml__runner *runner, const char *folder,
                 azml__words *variables)
{
  char **paths = runner->job.python_path;
  size_t n = 0;
  while (paths && paths[n])
    n++;
  while (n--)
    {
      AZML_AUTO_FREE char *path = azml__path_join (folder, paths[n]);
      if (path)
        azml__variables_prepend (variables, "PYTHONPATH", path);
    }
}

/* The variables that name the run and its places.  */
static void
set_places (const azml__charge *charge, azml__words *variables)
{
  static const struct
  {
    const char *name;
    const char *file;
  } places[] = { { "AZML_OUTPUT_DIR", "outputs" },
                 { "AZML_INPUT_DIR", "inputs" },
                 { "AZML_METRICS", "metrics.jsonl" } };
  azml__variables_set (variables, "AZML_RUN_ID", charge->id);
  azml__variables_set (variables, "AZML_RUN_DIR", charge->path);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    {
      AZML_AUTO_FREE char *path = azml__path_join (charge->path, places[i].file);
      if (path)
        azml__variables_set (variables, places[i].name, path);
    }
}

/* Who the user of a container is, and a home that can be written to.  */
static void
set_user (const azml__runner *runner, azml__words *variables)
{
  char user[64];
  AZML_AUTO_FREE char *home = azml__path_join (runner->charge->path, "home");
  azml__gpus_user (runner->container->engine.rootless ? 0 : getuid (), user,
                   sizeof user);
  if (home && !json_object_get (runner->job.variables, "HOME"))
    azml__variables_set (variables, "HOME", home);
  if (!json_object_get (runner->job.variables, "USER"))
    azml__variables_set (variables, "USER", user);
  if (!json_object_get (runner->job.variables, "LOGNAME"))
    azml__variables_set (variables, "LOGNAME", user);
}

static void
set_ours (azml__runner *runner, azml__words *variables)
{
  char self[4096] = AZML__CONTAINER_RUNNER;
  AZML_AUTO_FREE char *folder = NULL;
  ssize_t n = runner->container
                  ? (ssize_t)strlen (self)
                  : readlink ("/proc/self/exe", self, sizeof self - 1);
  set_places (runner->charge, variables);
  if (runner->container)
    set_user (runner, variables);
  if (n > 0)
    {
      self[n] = '\0';
      azml__variables_set (variables, "AZML_RUNNER", self);
      folder = azml__path_folder (self);
      if (folder)
        azml__variables_append (variables, "PATH", folder);
    }
  set_share (runner, variables);
  /* Without this Python's output comes late, out of order, and is lost by a kill.
   */
  if (!azml__variables_get (variables, "PYTHONUNBUFFERED"))
    azml__variables_set (variables, "PYTHONUNBUFFERED", "1");
  if (runner->container && runner->job.python_path)
    azml__variables_prepend (variables, "PYTHONPATH", AZML__CONTAINER_PYTHON);
  else
    set_python_path (runner, folder ? folder : "", variables);
}

static int
compose_variables (azml__runner *runner, const azml__active *active,
                   azml_error **err)
{
  azml__words *variables = &runner->command.variables;
  if (runner->container)
    azml__container_inherit (runner->container, variables);
  else
    azml__variables_inherit (variables);
  /* What an outer run left is not ours.  */
  azml__variables_unset (variables, "AZUREML_NATIVE_SHARE_DIRECTORY");
  if (!azml__variables_get (variables, "PATH"))
    azml__variables_set (variables, "PATH", "/usr/local/bin:/usr/bin:/bin");
  int rc = set_all (variables, active->variables, err);
  if (rc == 0)
    rc = set_all (variables, runner->job.variables, err);
  if (rc < 0)
    return rc;
  if (active->bin)
    azml__variables_prepend (variables, "PATH", active->bin);
  /* What a request is given is known only when it is.  In an allocation of Slurm it is
     Slurm that gives and hides.  */
  const char *slurm = azml__variables_get (variables, "SLURM_JOB_ID");
  if (runner->job.gpus && runner->job.gpus->count == 0 && !(slurm && *slurm))
    azml__variables_set (variables, "CUDA_VISIBLE_DEVICES", "");
  set_ours (runner, variables);
  return variables->failed ? azml__error_no_memory (err) : 0;
}

/* After the setup lines NAME gets back the value it has now.  */
static void
keep (azml__runner *runner, const char *name, int number, azml__buffer *script)
{
  char kept[40];
  const char *value = azml__variables_get (&runner->command.variables, name);
  if (!value || !is_shell_name (name))
    return;
  snprintf (kept, sizeof kept, KEPT "%d", number);
  AZML_AUTO_FREE char *copy = strdup (value); /* setting may move it */
  if (copy)
    azml__variables_set (&runner->command.variables, kept, copy);
  azml__buffer_add_format (script, "%s=$%s; export %s; unset %s\n", name, kept,
                           name, kept);
}

/* The sh that runs the setup lines and then becomes the command.  What a line
   leaves unsaid (which PATH, which variables) is put right behind them, because
   `module load` puts its own in front.  */
static int
compose_setup (azml__runner *runner, const azml__active *active, azml_error **err)
{
  AZML_AUTO_BUFFER script = AZML__BUFFER_INIT;
  const char *name;
  json_t *value;
  int number = 0;
  azml__buffer_add_text (&script, "unset " KEPT "SETUP\n");
  for (char **line = runner->job.setup; *line; line++)
    azml__buffer_add_format (
        &script,
        "%s\ncase $? in 0) ;; *) echo 'azml-runner: setup line %d "
        "failed' >&2; exit 125;; esac\n",
        *line, (int)(line - runner->job.setup) + 1);
  json_object_foreach (active->variables, name,
                       value) if (!json_object_get (runner->job.variables, name))
      keep (runner, name, number++, &script);
  json_object_foreach (runner->job.variables, name, value)
      keep (runner, name, number++, &script);
  if (active->bin)
    {
      azml__variables_set (&runner->command.variables, KEPT "BIN", active->bin);
      azml__buffer_add_text (&script,
                             "PATH=$" KEPT "BIN:$PATH; unset " KEPT "BIN\n");
    }
  azml__buffer_add_text (&script, "exec \"$@\"\n");
  if (!azml__buffer_ok (&script))
    return azml__error_no_memory (err);
  /* As a variable: who sets a key in a line does not mean to show it to everybody.  */
  azml__variables_set (&runner->command.variables, KEPT "SETUP", script.data);
  azml__words_add (&runner->command.argv, "/bin/sh");
  azml__words_add (&runner->command.argv, "-c");
  azml__words_add (&runner->command.argv, "eval \"$" KEPT "SETUP\"");
  azml__words_add (&runner->command.argv, "azml-runner");
  return 0;
}

int
azml__compose_command (azml__runner *runner, const azml__active *active,
                       azml_error **err)
{
  azml__command *command = &runner->command;
  const azml__job *job = &runner->job;
  command->user_umask = runner->charge->user_umask;
  command->folder =
      azml__path_join3 (runner->charge->path, "source",
                        job->working_directory ? job->working_directory : "");
  if (!command->folder)
    return azml__error_no_memory (err);
  int rc = compose_variables (runner, active, err);
  if (rc == 0 && job->setup)
    rc = compose_setup (runner, active, err);
  if (rc < 0)
    return rc;
  azml__words_add_all (&command->argv, job->wrapper);
  if (runner->container)
    azml__container_entry (runner->container, &command->argv);
  azml__words_add_all (&command->argv, active->prefix);
  azml__words_add (&command->argv,
                   job->python && active->python ? active->python : job->argv[0]);
  azml__words_add_all (&command->argv, job->argv + 1);
  return command->argv.failed || command->variables.failed
             ? azml__error_no_memory (err)
             : 0;
}

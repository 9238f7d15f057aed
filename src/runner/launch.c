/* launch.c: the command of a run, from its start to its end.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "container/copy-in.h"
#include "container/end.h"
#include "container/farewell.h"
#include "container/ready.h"
#include "container/remove.h"
#include "runner/watch.h"

/* The log is the job's.  In a container the inner runner opens it, or prints it where there
   are copies; what the engine itself says goes where the preparation went.  */
static int
open_log (azml__runner *runner, azml_error **err)
{
  int *engine = NULL;
  runner->command.output = openat (
      runner->charge->folder, "log",
      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
  if (runner->command.output < 0)
    return azml__error_os (err, errno, "open 'log'");
  if (runner->container && runner->container->copied)
    engine = &runner->command.errors;
  else if (runner->container)
    {
      engine = &runner->command.output;
      close (*engine);
    }
  if (engine)
    *engine = openat (runner->charge->folder, "prepare.log",
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (engine && *engine < 0)
    return azml__error_os (err, errno, "open 'prepare.log'");
  if (runner->patterns && runner->log < 0)
    runner->log = openat (runner->charge->folder, "log", O_RDONLY | O_CLOEXEC);
  return 0;
}

void
azml__launch_forget (azml__runner *runner)
{
  json_t *kept[] = { runner->job.environment, runner->job.variables,
                     runner->job.steps };
  int *const ends[] = { &runner->command.output, &runner->command.input,
                        &runner->command.errors };

  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    json_decref (kept[i]);
  runner->job.environment = runner->job.variables = runner->job.steps = NULL;
  /* The stop command of a wrapper wants the variables.  */
  if (!runner->job.wrapper_stop)
    azml__words_done (&runner->command.variables);
  azml__words_done (&runner->command.argv);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    {
      if (*ends[i] >= 0)
        close (*ends[i]);
      *ends[i] = -1;
    }
}

int
azml__launch (azml__runner *runner, pid_t *ret_pid, azml_error **err)
{
  int rc = open_log (runner, err);
  if (rc == 0 && runner->container)
    rc = azml__container_ready (runner->container, runner->gpus_before,
                                &runner->command, err);
  if (rc == 0)
    {
      if (runner->container)
        azml__farewell_expect (runner->container);
      azml__lease_inherit (&runner->lease, 1);
      rc = azml__command_start (&runner->command, ret_pid, err);
      azml__lease_inherit (&runner->lease, 0);
    }
  return rc;
}

int
azml__launch_wait (azml__runner *runner, pid_t pid, int *ret_status,
                   azml_error **err)
{
  int rc = 0;
  runner->ended_itself = azml__runner_watch (runner, pid, ret_status);
  if (!runner->container || runner->container->parted)
    return 0;
  if (runner->ended_itself && azml__container_is_shut_out (runner->container))
    {
      azml__container_remove (runner->charge->folder);
      azml__container_tell_copied (runner->container,
                                   "the daemon cannot mount the run's "
                                   "directory");
      runner->container->copied = 1;
      rc = azml__launch (runner, &pid, err);
      if (rc < 0)
        return rc;
      azml__launch_forget (runner);
      runner->ended_itself = azml__runner_watch (runner, pid, ret_status);
    }
  while (runner->ended_itself && azml__container_goes_on (runner->container, &pid))
    runner->ended_itself = azml__runner_watch (runner, pid, ret_status);
  return 0;
}

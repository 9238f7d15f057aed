/* runner.c: the life of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "charge/status.h"
#include "container/copy-in.h"
#include "container/end.h"
#include "container/farewell.h"
#include "container/remove.h"
#include "core/clock.h"
#include "core/path.h"
#include "process/signals.h"
#include "process/tree.h"
#include "runner/accept.h"
#include "runner/disk.h"
#include "runner/fault.h"
#include "runner/launch.h"
#include "runner/lease-run.h"
#include "runner/leftover.h"
#include "runner/prepare.h"
#include "runner/reads.h"
#include "runner/sampler.h"
#include "runner/spare.h"
#include "runner/watch.h"
#include "snapshot/snapshot.h"

/* 1 if the end of the run, which took LASTED_US, is to be on disk before it is told.  */
static int
is_kept (const azml__charge *charge, int64_t lasted_us)
{
  if (charge->sync != AZML__SYNC_TOGETHER)
    return 1;
  if (lasted_us < (int64_t)AZML__MOMENT_MS * 1000)
    return 0;
  azml__accept_sync (charge->folder, NULL); /* the keeper may not have come to it */
  return 1;
}

/* Leases of GPUs are taken here; without a request nobody waits, and the state is
   not worth a write of its own.  */
static int
wait_for_resources (azml__runner *runner)
{
  azml__runner_enter (runner, AZML__STATE_WAITING);
  azml__fault_point ("waiting");
  return azml__lease_run (runner);
}

static void
note_start_failure (azml__runner *runner, const azml_error *err)
{
  const char *cause = "internal";
  if (runner->container)
    cause = "container"; /* it was the engine that did not start */
  else if (azml_error_code (err) == AZML_E_NOT_FOUND)
    cause = "not found";
  else if (azml_error_code (err) == AZML_E_DENIED)
    cause = "not executable";
  else if (azml_error_code (err) == AZML_E_INVALID)
    cause = "preparation"; /* the working folder does not exist */
  azml__status_cause (runner->status, cause, azml_error_message (err));
  json_object_set_new (runner->status, "error", azml__error_to_json (err));
}

/* The cause of an end that nobody asked for, NULL for a mere exit code.  */
static const char *
find_cause (azml__runner *runner, int status, const char **ret_message)
{
  *ret_message = NULL;
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return NULL;
  if (azml__memory_is_cause (status, azml__memory_recent (&runner->memory)))
    {
      *ret_message = "killed by the kernel for want of memory";
      return "out of memory";
    }
  if (runner->disk_full || azml__disk_is_full (runner->charge->folder))
    {
      *ret_message = "the file system of the run directory is full";
      return "disk full";
    }
  if (runner->memory.victims)
    *ret_message = "a child of the job was killed by the kernel for want of memory";
  if (WIFEXITED (status) && runner->job.setup && WEXITSTATUS (status) >= 125
      && WEXITSTATUS (status) <= 127)
    *ret_message = "see the end of the log: the setup lines or the command failed";
  return WIFSIGNALED (status) ? "signal" : NULL;
}

/* Put into the status how the job ended.  */
static void
note_end (azml__runner *runner, int status)
{
  const char *message = NULL;
  if (WIFSIGNALED (status))
    json_object_set_new (runner->status, "signal",
                         json_integer (WTERMSIG (status)));
  else
    json_object_set_new (runner->status, "exit_code",
                         json_integer (WEXITSTATUS (status)));
  if (!runner->ended_itself)
    return; /* see note_outer_cause */
  const char *cause = find_cause (runner, status, &message);
  azml__status_cause (runner->status, cause, message);
}

/* Everything about samples but the processes that take them, which the watch starts for
   a command that lasts longer than a moment.  */
static void
prepare_samples (azml__runner *runner)
{
  const azml__gpu_request *asked = runner->job.gpus;
  if (asked && asked->count == 0)
    return; /* it sees none */
  runner->sampler = azml__sampler_new (runner->lease.uuids, runner->lease.count,
                                       runner->gpus_before);
}

static void
run_command (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  pid_t pid = 0;
  int status = 0;
  azml__runner_enter (runner, AZML__STATE_RUNNING);
  azml__memory_look (&runner->memory);
  if (runner->container && runner->container->copied)
    azml__container_tell_copied (runner->container, "the target says so");
  int rc = azml__launch (runner, &pid, &err);
  if (rc < 0)
    {
      note_start_failure (runner, err);
      return;
    }
  azml__charge_event (runner->charge,
                      json_pack ("{s:s,s:i}", "event", "started", "pid", (int)pid));
  if (runner->job.time_limit > 0)
    runner->limit_ms =
        azml__clock_boot_ms () + (int64_t)(runner->job.time_limit * 1000);
  azml__launch_forget (runner);
  azml__fault_point ("running");
  runner->usage = (azml__usage){ 0 }; /* that of the steps is not the job's */
  prepare_samples (runner);
  rc = azml__launch_wait (runner, pid, &status, &err);
  azml__runner_clear (runner);
  azml__sampler_stop (runner);
  if (runner->patterns && runner->log >= 0)
    azml__patterns_read (runner->patterns, runner->log, 1);
  if (rc < 0)
    note_start_failure (runner, err);
  else if (!runner->container
           || azml__container_end (runner->container, status, runner->ended_itself,
                                   &status))
    note_end (runner, status);
  azml__sampler_judge (runner);
}

/* What ended the run from outside outweighs how the job ended, unless the job had ended
   before and only what it left was being cleared away.  */
static void
note_outer_cause (azml__runner *runner)
{
  json_t *status = runner->status;
  const char *name = azml__signal_name (runner->stop.first_signal);
  char text[120];
  if (runner->ended_itself)
    return;
  if (runner->orphan || runner->stop.requests)
    json_object_del (status, "error"); /* that something was cut short */
  if (runner->orphan)
    azml__status_cause (status, "runner killed",
                        "the keeper of the run was killed");
  else if (runner->timed_out)
    azml__status_cause (status, "time limit", "the time limit of the run was over");
  else if (runner->stop.requests)
    {
      snprintf (text, sizeof text, "stopped by %s", runner->stop.by);
      azml__status_cause (status, "stopped", text);
      json_object_set_new (status, "stop",
                           json_pack ("{s:s,s:s}", "signal", name ? name : "TERM",
                                      "by", runner->stop.by));
    }
}

static void
verify_linked (azml__runner *runner)
{
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO_FREE char *source = azml__path_join (runner->charge->path, "source");
  int damaged = 0;
  if (!json_array_size (runner->linked) || !source
      || azml__objects_open (runner->charge->objects, &objects, NULL) < 0)
    return;
  azml__snapshot_verify_linked (objects, source, runner->linked, &damaged, NULL);
  if (damaged)
    json_object_set_new (runner->status, "damaged_objects", json_integer (damaged));
}

static void
finalize (azml__runner *runner)
{
  struct stat st;
  note_outer_cause (runner);
  azml__sampler_report (runner);
  /* Nobody is on the GPUs any more: who waits for them need not wait until the source is
     looked at.  What a container does ends when it is tidied up.  */
  if (!runner->container)
    azml__lease_release (&runner->lease);
  azml__sampler_end (runner);
  azml__runner_enter (runner, AZML__STATE_FINALIZING);
  azml__fault_point ("finalizing");
  if (fstatat (runner->charge->folder, "log", &st, AT_SYMLINK_NOFOLLOW) == 0)
    json_object_set_new (runner->status, "log_bytes", json_integer (st.st_size));
  json_object_set_new (runner->status, "left_in_source",
                       json_integer (azml__leftover_count (runner)));
  azml__reads_report (runner); /* before we read source/ ourselves */
  verify_linked (runner);
  azml__usage_report (&runner->usage, runner->status);
}

/* Write the end, once.  Return 0, or -1 if there is no way to write it.  */
static int
end (azml__runner *runner)
{
  json_t *status = runner->status;
  azml__charge *charge = runner->charge;
  azml__charge_forget (charge);
  if (runner->container)
    azml__container_tidy (charge->folder);
  azml__status_end (status);
  azml__runner_end_state (runner);
  int64_t lasted_us = azml__clock_boot_us () - charge->start_us;
  json_object_set_new (json_object_get (status, "durations"), "total",
                       json_real ((double)lasted_us / 1e6));
  azml__charge_event (charge, azml__status_ended (status));
  azml__charge_events_end (charge);
  azml__fault_point ("ending");
  azml__lease_release (&runner->lease); /* who sees the end finds the GPUs free */
  int kept = is_kept (charge, lasted_us);
  azml__charge_drop_ballast (charge); /* the room on a full disk is for this */
  int rc = azml__runner_write (runner, kept);
  azml__fault_point ("ended");
  return rc;
}

static int
start (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *metrics =
      azml__path_join (runner->charge->path, "metrics.jsonl");
  int rc = azml_cancel_new (&runner->cancel, &err);
  azml__signals_install (runner->cancel);
  setsid (); /* the terminal's signals are the keeper's matter */
  prctl (PR_SET_PDEATHSIG, AZML__SIGNAL_ORPHAN, 0, 0, 0);
  if (getppid () != runner->charge->keeper)
    azml__signals_seen.orphan = 1;
  azml__tree_adopt ();
  const azml__charge *charge = runner->charge;
  if (rc == 0)
    rc = charge->job
             ? azml__job_check (&runner->job, charge->job, charge->id, &err)
             : azml__job_read (&runner->job, charge->folder, charge->id, &err);
  if (rc == 0 && !metrics)
    rc = azml__error_no_memory (&err);
  if (rc == 0 && json_array_size (runner->job.patterns))
    rc =
        azml__patterns_new (runner->job.patterns, metrics, &runner->patterns, &err);
  if (rc < 0)
    {
      azml__status_cause (runner->status, "internal", azml_error_message (err));
      json_object_set_new (runner->status, "error", azml__error_to_json (err));
    }
  return rc;
}

/* What others wait for.  The rest goes with the process: to free it would make copies of
   the pages that are still the keeper's, too.  */
static void
done (azml__runner *runner)
{
  azml__lease_release (&runner->lease);
  azml__environment_use_done (&runner->environment);
}

int
azml__runner_main (azml__charge *charge)
{
  azml__runner runner = { .charge = charge, .memory = { .kills = -1 }, .log = -1 };
  runner.environment = (azml__environment_use)AZML__ENVIRONMENT_USE_INIT;
  runner.command = (azml__command)AZML__COMMAND_INIT;
  runner.status = azml_steal (&charge->status);
  json_object_set_new (runner.status, "pid", json_integer (charge->keeper));
  int rc = start (&runner);
  if (!azml__charge_await_place (charge))
    _exit (0); /* as if it had never been submitted */
  runner.entered_us = charge->start_us;
  if (rc == 0)
    {
      azml__runner_enter (&runner, AZML__STATE_PREPARING);
      azml__fault_point ("preparing");
      rc = azml__prepare (&runner);
    }
  if (rc == 0 && !azml__runner_is_ending (&runner))
    rc = wait_for_resources (&runner);
  if (rc == 0 && !azml__runner_is_ending (&runner))
    run_command (&runner);
  azml__runner_clear (&runner);
  finalize (&runner);
  rc = end (&runner);
  int code = azml__status_exit_code (runner.status);
  if (runner.container)
    azml__farewell_end (runner.container);
  if (rc == 0)
    azml__spare_make (&runner);
  done (&runner);
  if (rc < 0)
    raise (SIGKILL); /* the keeper tries again, else whoever settles the run */
  return code;
}

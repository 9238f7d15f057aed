/* watch.c: waiting for the job.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Everything that can happen to a run while a process of it is alive is seen to
   here: its end, a stop, the time limit, the death of the keeper.  Samples are
   taken often at first, then once a second.  */

#include <config.h>

#include "runner/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>

#include "container/end.h"
#include "container/farewell.h"
#include "container/remove.h"
#include "core/clock.h"
#include "process/signals.h"
#include "process/tree.h"
#include "runner/disk.h"
#include "runner/sampler.h"

#define LINGER_MS 1000   /* what the first process leaves may end by itself */
#define FAREWELL_MS 2000 /* then it has so long after TERM */

int
azml__runner_is_ending (azml__runner *runner)
{
  azml__signals_wait (0); /* what is pending counts */
  azml__signals_seen.look = 0;
  azml__stop_look (&runner->stop, runner->charge->folder, runner->job.grace);
  azml__stop_take_signals (&runner->stop, runner->job.grace);
  if (azml__signals_seen.orphan)
    runner->orphan = 1;
  return runner->orphan || runner->stop.requests || runner->timed_out;
}

/* Run the wrapper's stop command beside the signal.  It is reaped with the rest. */
static void
run_stop_command (azml__runner *runner)
{
  pid_t pid;
  azml__command command = runner->command;
  command.argv = (azml__words)AZML__WORDS_INIT;
  azml__words_add_all (&command.argv, runner->job.wrapper_stop);
  command.output =
      openat (runner->charge->folder, "prepare.log",
              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  azml__command_start (&command, &pid, NULL);
  if (command.output >= 0)
    close (command.output);
  azml__words_done (&command.argv);
}

/* Send the signal that is due to the process group of PID; 0: to all there are.  */
static void
pass_on (azml__runner *runner, pid_t pid)
{
  int number = runner->stop.signal;
  const char *name = azml__signal_name (number);
  if (!number)
    return;
  runner->stop.signal = 0;
  azml__charge_event (runner->charge,
                      json_pack ("{s:s,s:s,s:s}", "event", "stop", "signal",
                                 name ? name : "?", "by", runner->stop.by));
  if (pid && runner->job.wrapper_stop && !runner->stop_command_run)
    {
      runner->stop_command_run = 1;
      run_stop_command (runner);
    }
  if (pid && runner->container)
    azml__container_signal (runner->container, number);
  if (pid)
    kill (-pid, number);
  else
    azml__tree_signal (number);
}

static void
check_limit (azml__runner *runner)
{
  if (runner->limit_ms <= 0 || runner->stop.requests
      || azml__clock_boot_ms () < runner->limit_ms)
    return;
  runner->timed_out = 1;
  azml__stop_ask (&runner->stop, SIGTERM, runner->job.grace, "time limit");
}

/* Look at memory, disk and metrics.  SEEN are the processes of the last look.  */
static void
sample (azml__runner *runner, azml__pids *seen)
{
  azml__pids now = AZML__PIDS_INIT;
  int gone = 0;
  azml__tree_list (&now);
  azml__usage_sample (&runner->usage, now.pids, now.count);
  for (size_t i = 0; i < seen->count; i++)
    gone += !azml__pids_has (&now, seen->pids[i]);
  azml__pids_done (seen);
  *seen = now;
  if (azml__memory_look (&runner->memory) && gone)
    {
      runner->memory.victims++;
      azml__charge_event (runner->charge, json_pack ("{s:s,s:i}", "event", "memory",
                                                     "processes", gone));
    }
  if (runner->charge->ballast < 0 && azml__disk_is_short (runner->charge->folder))
    azml__charge_load_ballast (runner->charge);
  if (runner->patterns && runner->log >= 0)
    azml__patterns_read (runner->patterns, runner->log, 0);
  azml__lease_admit (&runner->lease);
}

/* Kill the tree now, and say so.  */
static void
kill_tree (azml__runner *runner, azml__reaped *reaped)
{
  if (runner->container)
    azml__container_remove (runner->charge->folder);
  int left = 0, killed = azml__tree_kill (reaped, &left);
  if (killed)
    azml__charge_event (runner->charge,
                        json_pack ("{s:s,s:s,s:i}", "event", "killed", "signal",
                                   "KILL", "processes", killed));
  if (left)
    azml__charge_event (runner->charge, json_pack ("{s:s,s:i}", "event", "left",
                                                   "processes", left));
}

/* 1 when the time for everything has come to be killed.  */
static int
is_over (const azml__runner *runner)
{
  return runner->orphan
         || (runner->stop.requests
             && azml__clock_boot_ms () >= runner->stop.kill_ms);
}

/* Milliseconds to wait when the next sample is due at NEXT.  */
static int
time_to_wait (const azml__runner *runner, int64_t next)
{
  int64_t left = next - azml__clock_boot_ms ();
  if (runner->limit_ms > 0 && !runner->stop.requests
      && runner->limit_ms - azml__clock_boot_ms () < left)
    left = runner->limit_ms - azml__clock_boot_ms ();
  return azml__stop_wait (&runner->stop, left > 0 ? (int)left : 0);
}

int
azml__runner_watch (azml__runner *runner, pid_t pid, int *ret_status)
{
  static const int steps[] = { 10, 20, 50, 100, 200, 500, 1000 };
  AZML_AUTO_PIDS seen = AZML__PIDS_INIT;
  azml__reaped reaped = { .watched = pid, .usage = &runner->usage };
  size_t step = 0;
  int64_t next = azml__clock_boot_ms () + steps[0];
  for (;;)
    {
      azml__tree_reap (&reaped);
      if (reaped.ended)
        break;
      int ending = azml__runner_is_ending (runner);
      if (!ending && runner->container
          && azml__farewell_came (runner->container, pid))
        {
          *ret_status = 0; /* inner.json has that of the command */
          return 1;
        }
      check_limit (runner);
      azml__stop_escalate (&runner->stop);
      pass_on (runner, pid);
      if (ending && is_over (runner))
        {
          kill_tree (runner, &reaped);
          break;
        }
      if (azml__clock_boot_ms () >= next)
        {
          if (step) /* what is over after the first is not worth it */
            azml__runner_save (runner);
          else
            malloc_trim (0);
          sample (runner, &seen);
          if (step)
            azml__sampler_look (runner, &seen);
          step += step + 1 < sizeof steps / sizeof *steps;
          next = azml__clock_boot_ms () + steps[step];
        }
      azml__signals_wait (time_to_wait (runner, next));
    }
  *ret_status = reaped.ended ? reaped.status : SIGKILL;
  return !azml__runner_is_ending (runner);
}

/* Wait until everything is gone or UNTIL is reached.  Return 1 if it is gone.  */
static int
wait_until_gone (azml__runner *runner, azml__reaped *reaped, int64_t until)
{
  for (;;)
    {
      if (!azml__tree_reap (reaped))
        return 1;
      int64_t left = until - azml__clock_boot_ms ();
      if (azml__runner_is_ending (runner) && is_over (runner))
        return 0;
      pass_on (runner, 0);
      if (left <= 0)
        return 0;
      azml__signals_wait (azml__stop_wait (&runner->stop, (int)left));
    }
}

void
azml__runner_clear (azml__runner *runner)
{
  azml__reaped reaped = { .usage = &runner->usage };
  if (!azml__tree_reap (&reaped))
    return;
  int64_t now = azml__clock_boot_ms ();
  int64_t farewell = (int64_t)(runner->job.grace * 1000);
  if (farewell > FAREWELL_MS)
    farewell = FAREWELL_MS;
  if (!azml__runner_is_ending (runner))
    {
      /* A `tee` behind the log of the job has its last lines to write.  */
      if (wait_until_gone (runner, &reaped, now + LINGER_MS))
        return;
    }
  else
    farewell = runner->stop.kill_ms - now;
  if (!is_over (runner))
    {
      azml__tree_signal (SIGTERM);
      now = azml__clock_boot_ms ();
      if (wait_until_gone (runner, &reaped, now + farewell))
        return;
    }
  kill_tree (runner, &reaped);
}

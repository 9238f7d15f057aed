/* keeper.c: the process that is in charge of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "charge/charge.h"
#include "charge/status.h"
#include "core/file.h"
#include "process/close.h"
#include "process/signals.h"
#include "process/start.h"
#include "process/tree.h"
#include "runner/accept.h"
#include "runner/disk.h"
#include "runner/fault.h"
#include "runner/lease-run.h"
#include "runner/runner.h"
#include "runner/settle.h"
#include "runner/standby.h"

#define LOOK_MS 200 /* somebody who only looks holds the lock no longer */

/* Tell that the run is on disk, or why it is not.  The parent may have died; the run goes
   on.  */
static void
report_sync (azml__charge *charge)
{
  AZML_AUTO (azml_error) err = NULL;
  int rc = azml__accept_sync (charge->folder, &err);
  if (rc < 0)
    dprintf (charge->report, "%d %s", -rc, azml_error_message (err));
  else
    (void)!write (charge->report, "", 1);
}

/* The life of the keeper, once the lock is held.  Returns only if it cannot begin; the
   run has ended then.  */
static void
keep (azml__charge *charge)
{
  struct stat st;
  charge->keeper = getpid ();
  azml__signals_install (NULL);
  azml__tree_adopt ();
  if (azml__disk_is_short (charge->folder))
    azml__charge_load_ballast (charge);
  azml__fault_point ("locked");
  /* Without it the leases end with the runner and the job.  */
  charge->no_lease = azml__lease_is_vain (charge->job);
  if (!charge->no_lease)
    azml__lease_keep_make (&charge->leases, NULL);
  uint64_t before = azml__process_now ();
  charge->runner = fork ();
  if (charge->runner == 0)
    {
      if (charge->report >= 0)
        close (azml__steal_fd (&charge->report));
      charge->runner = getpid ();
      _exit (azml__runner_main (charge));
    }
  if (charge->runner < 0)
    {
      azml__settle_write (charge, "internal",
                          "no process can be made for the runner");
      return;
    }
  charge->runner_start =
      azml__process_start_between (charge->runner, before, azml__process_now ());
  azml__lease_keep_hold (&charge->leases);
  azml__charge_sign (charge, NULL);
  azml__fault_point ("signed");
  if (!azml__charge_await_place (charge))
    _exit (0); /* the runner ends by itself */
  /* Who asked for a stop before the pids were there could wake nobody.  */
  if (fstatat (charge->folder, "stop.json", &st, AT_SYMLINK_NOFOLLOW) == 0)
    kill (charge->runner, AZML__SIGNAL_LOOK);
  if (charge->sync == AZML__SYNC_NOW)
    report_sync (charge);
  if (charge->report >= 0)
    close (azml__steal_fd (&charge->report));
  azml__stand_by (charge);
}

/* Open and lock run ID, which must not have begun.  */
static int
take_charge (azml__charge *charge, const azml__layout *layout, const char *id,
             azml_error **err)
{
  int first = 0, rc = azml__charge_open (charge, layout, id, err);
  if (rc == 0)
    rc = azml__charge_lock (charge, LOOK_MS, &first, err);
  if (rc < 0)
    return rc;
  /* Nobody was in charge before: the run is as it was accepted.  */
  if (first && charge->status)
    return 0;
  /* A run that was begun and killed in its first moment may still say "queued".  */
  struct stat st;
  json_t *status = charge->status = azml__status_read (charge->folder, id);
  if (azml__status_state (status) == AZML__STATE_QUEUED
      && fstat (charge->alive, &st) == 0 && st.st_size > 0)
    return azml__error (err, AZML_E_EXISTS,
                        "run '%s' was begun: it is not started again", id);
  if (azml__status_state (status) != AZML__STATE_QUEUED)
    return azml__error (err, AZML_E_EXISTS,
                        "run '%s' is %s: it is not started again", id,
                        azml__state_name (azml__status_state (status)));
  return 0;
}

static void
charge_auto (azml__charge *charge)
{
  azml__charge_done (charge);
}

int
azml__keeper_run (const azml__layout *layout, const char *id)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_CLEANUP (charge_auto) azml__charge charge = AZML__CHARGE_INIT;
  azml__close_on_exec ();
  if (take_charge (&charge, layout, id, &err) < 0)
    {
      fprintf (stderr, "azml-runner: %s\n", azml_error_message (err));
      return 125;
    }
  keep (&charge);
  AZML_AUTO (json_t) status = azml__status_read (charge.folder, id);
  return azml__status_exit_code (status);
}

/* The new process: a session of its own, nothing of the parent's but the report, which
   gets one byte when the lock is held and one when the run is on disk, else the error's
   code and message.  */
static _Noreturn void
keeper_main (azml__charge *charge, const azml__layout *layout, const char *id)
{
  AZML_AUTO (azml_error) err = NULL;
  charge->keeper_start = azml__process_start_between (
      getpid (), charge->keeper_start, azml__process_now ());
  setsid ();
  azml__close_all_but (charge->report, charge->go);
  int rc = take_charge (charge, layout, id, &err);
  if (rc < 0)
    {
      dprintf (charge->report, "%d %s", -rc, azml_error_message (err));
      _exit (1);
    }
  /* The parent may have died; the run goes on.  What is to stay together with others is
     not waited for.  */
  (void)!write (charge->report, "\0", charge->sync == AZML__SYNC_TOGETHER ? 2 : 1);
  keep (charge);
  _exit (0);
}

int
azml__keeper_report (int fd, azml__keeper_news *news, azml_error **err)
{
  size_t room = sizeof news->text - 1 - news->length;
  ssize_t n = room ? read (fd, news->text + news->length, room) : 0;
  if (n < 0)
    return errno == EINTR || errno == EAGAIN
               ? 0
               : azml__error_os (err, errno, "read what the keeper reports");
  news->length += (size_t)n;
  news->text[news->length] = '\0';
  news->locked = news->length > 0 && !news->text[0];
  news->synced = news->locked && news->length > 1 && !news->text[1];
  news->over = n == 0;
  if (!news->over || (news->locked && news->length == 1) || news->synced)
    return 0;
  const char *text = news->text + news->locked, *message = strchr (text, ' ');
  if (!message)
    return azml__error (err, AZML_E_FAILED, "the keeper of the run died at once");
  return azml__error (err, -atoi (text), "%s", message + 1);
}

void
azml__keeper_go (int go)
{
  (void)!write (go, "gg", 2); /* one for the keeper, one for the runner */
  close (go);
}

int
azml__keeper_begin (const azml__layout *layout, const char *id,
                    const azml__keeper_order *order, azml__keeper *ret,
                    azml_error **err)
{
  int ends[2], go[2] = { -1, -1 };
  sigset_t saved;
  azml__charge charge = AZML__CHARGE_INIT;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  if (order->waits && pipe2 (go, O_CLOEXEC) < 0)
    {
      int errnum = errno;
      close (ends[0]);
      close (ends[1]);
      return azml__error_os (err, errnum, "make a pipe");
    }
  charge.run = order->run;
  charge.job = order->job;
  charge.status = order->status;
  charge.sync = order->sync;
  charge.report = ends[1];
  charge.go = go[0];
  azml__signals_block (&saved);
  charge.keeper_start = azml__process_now ();
  pid_t pid = fork ();
  if (pid == 0)
    keeper_main (&charge, layout, id);
  int errnum = errno;
  /* So that those that are forked next know whether our clock is right.  */
  if (pid > 0)
    azml__process_start_learn (pid, charge.keeper_start);
  sigprocmask (SIG_SETMASK, &saved, NULL);
  close (ends[1]);
  if (go[0] >= 0)
    close (go[0]);
  if (pid < 0)
    {
      close (ends[0]);
      if (go[1] >= 0)
        close (go[1]);
      return azml__error_os (err, errnum, "make a process for the keeper");
    }
  *ret = (azml__keeper){ .pid = pid, .report = ends[0], .go = go[1] };
  return 0;
}

int
azml__keeper_start (const azml__layout *layout, const char *id, pid_t *ret_pid,
                    azml_error **err)
{
  azml__keeper_news news = { .length = 0 };
  const azml__keeper_order order = { .sync = AZML__SYNC_DONE };
  azml__keeper keeper;
  int rc = azml__keeper_begin (layout, id, &order, &keeper, err);
  if (rc < 0)
    return rc;
  while (rc == 0 && !news.locked && !news.over)
    rc = azml__keeper_report (keeper.report, &news, err);
  close (keeper.report);
  if (rc < 0)
    while (waitpid (keeper.pid, NULL, 0) < 0 && errno == EINTR)
      continue;
  else
    *ret_pid = keeper.pid;
  return rc;
}

/* stop.c: a run that is to stop.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/stop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "charge/charge.h"
#include "charge/status.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "process/signals.h"

#define GRACE_LIMIT 86400.0

void
azml__stop_ask (azml__stop *stop, int number, double grace, const char *by)
{
  int64_t now = azml__clock_boot_ms ();
  if (!(grace >= 0) || grace > GRACE_LIMIT)
    grace = GRACE_LIMIT;
  int64_t kill_ms = number == SIGKILL ? now : now + (int64_t)(grace * 1000);
  if (!stop->requests++)
    {
      stop->first_signal = number;
      stop->asked_ms = now;
      stop->kill_ms = kill_ms;
      snprintf (stop->by, sizeof stop->by, "%s", by);
    }
  else if (kill_ms < stop->kill_ms)
    stop->kill_ms = kill_ms;
  stop->signal = number;
}

/* 1 if FOLDER was removed, whatever it was called: one that was moved, or whose disk is
   away, still has a name somewhere.  Some file systems never tell of any.  */
static int
is_removed (azml__stop *stop, int folder)
{
  struct stat st;
  if (fstat (folder, &st) < 0)
    return 0;
  stop->named |= st.st_nlink > 0;
  return stop->named && st.st_nlink == 0;
}

void
azml__stop_look (azml__stop *stop, int folder, double grace)
{
  struct stat st;
  AZML_AUTO (json_t) json = NULL;
  double asked = grace;
  if (fstatat (folder, "stop.json", &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      /* Nobody can have anything of the run any more, nor stop it.  */
      if (!stop->requests && is_removed (stop, folder))
        azml__stop_ask (stop, SIGTERM, grace, "removal of the run's folder");
      return;
    }
  int64_t changed = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
  if (stop->inode == st.st_ino && stop->changed == changed)
    return;
  stop->inode = st.st_ino;
  stop->changed = changed;
  /* One that cannot be read is still the wish to stop.  */
  azml__json_read (folder, "stop.json", &json, NULL);
  const char *name = azml__json_string (json, "signal");
  const char *by = azml__json_string (json, "by");
  int number = name ? azml__signal_parse (name) : SIGTERM;
  azml__json_get_number (json_object_get (json, "grace"), &asked);
  azml__stop_ask (stop, number ? number : SIGTERM, asked, by ? by : "stop");
}

void
azml__stop_take_signals (azml__stop *stop, double grace)
{
  int number = azml__signals_seen.stop, count = azml__signals_seen.stops;
  if (!count)
    return;
  azml__signals_seen.stops = 0;
  /* Whoever repeats it is in a hurry.  */
  if (count > 1 || (stop->requests && strcmp (stop->by, "signal") == 0))
    {
      if (!stop->requests)
        azml__stop_ask (stop, number, grace, "signal");
      number = SIGKILL;
    }
  azml__stop_ask (stop, number, grace, "signal");
}

void
azml__stop_escalate (azml__stop *stop)
{
  if (!stop->requests || stop->escalated
      || (stop->first_signal != SIGINT && stop->first_signal != SIGHUP)
      || azml__clock_boot_ms () < (stop->asked_ms + stop->kill_ms) / 2)
    return;
  stop->escalated = 1;
  stop->signal = SIGTERM;
}

int
azml__stop_wait (const azml__stop *stop, int limit)
{
  if (!stop->requests)
    return limit;
  int64_t next = stop->kill_ms;
  if (!stop->escalated
      && (stop->first_signal == SIGINT || stop->first_signal == SIGHUP))
    next = (stop->asked_ms + stop->kill_ms) / 2;
  int64_t left = next - azml__clock_boot_ms ();
  if (left < 0)
    left = 0;
  return limit >= 0 && left > limit ? limit : (int)left;
}

/* Send NUMBER to the runner, or to the keeper where the runner is gone.  Return 0,
   or -1 if neither is there.  */
static int
wake (int folder, int number)
{
  pid_t keeper, runner;
  azml__charge_processes (folder, &keeper, &runner);
  pid_t pid = runner ? runner : keeper;
  return pid ? kill (pid, number) : -1;
}

int
azml__stop_run (const azml__layout *layout, const char *id, int number,
                double grace, const char *by, const char **ret_state,
                azml_error **err)
{
  AZML_AUTO_FREE char *path = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  int rc = azml__layout_run (layout, id, &path, err);
  if (rc == 0)
    rc = azml__folder_open (path, &folder, err);
  if (rc < 0)
    return rc;
  AZML_AUTO (json_t) status = azml__status_read (folder, id);
  azml__state state = azml__status_state (status);
  const char *name = azml__signal_name (number);
  char digits[16];
  snprintf (digits, sizeof digits, "%d", number);
  if (!azml__state_is_terminal (state))
    {
      AZML_AUTO (json_t)
      json = json_pack ("{s:s,s:f,s:s}", "signal", name ? name : digits, "grace",
                        grace, "by", by ? by : "stop");
      rc = azml__json_write (folder, "stop.json", json, 0600, 0, NULL);
      if (rc == 0)
        wake (folder, AZML__SIGNAL_LOOK);
      else if (wake (folder,
                     number == SIGINT || number == SIGHUP ? number : SIGTERM)
               == 0)
        rc = 0; /* the disk is full; a bare signal says enough */
      else
        return azml__error (err, rc, "'%s/stop.json' cannot be written", path);
    }
  *ret_state = azml__state_name (state);
  return rc;
}

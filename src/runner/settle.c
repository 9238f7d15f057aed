/* settle.c: runs of which nobody is in charge any more.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/settle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "charge/status.h"
#include "container/remove.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "process/tree.h"
#include "run/replay.h"
#include "runner/gpus-left.h"

/* Between acceptance and the keeper's lock nobody is in charge; that is no accident
 * yet.  */
#define START_MS 10000
#define ENVIRON_LIMIT ((size_t)4 << 20)

/* Remove what a writer that was killed left beside the file it wanted to replace.  */
static void
remove_temporary (int folder)
{
  AZML_AUTO (DIR) dir = azml__folder_entries (folder, ".");
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    {
      const char *name = entry->d_name, *end = strrchr (name, '.');
      if ((strncmp (name, "status.json.", 12) == 0
           || strncmp (name, "environment.lock.", 17) == 0)
          && strcmp (end, ".tmp") == 0)
        unlinkat (folder, name, 0);
    }
}

static int
is_this_boot (const json_t *status)
{
  char boot[40];
  const char *named = azml__json_string (status, "boot_id");
  azml__clock_boot_id (boot);
  return !named || !*named || !*boot || strcmp (named, boot) == 0;
}

/* Write the end.  Unless what the run started is OURS, it is left alone.  */
static int
write_end (azml__charge *charge, const char *cause, const char *message, int ours)
{
  AZML_AUTO (json_t) status = azml__status_read (charge->folder, charge->id);
  struct stat st;
  if (azml__state_is_terminal (azml__status_state (status)))
    return 0;
  int told = 0;
  azml__replay (status, charge->folder, &told);
  if (ours)
    azml__gpus_left_settle (charge, status, !is_this_boot (status));
  if (!azml__status_has_outcome (status))
    azml__status_cause (status, cause, message);
  azml__status_end (status);
  if (fstatat (charge->folder, "log", &st, AT_SYMLINK_NOFOLLOW) == 0)
    json_object_set_new (status, "log_bytes", json_integer (st.st_size));
  azml__charge_forget (charge);
  azml__container_tidy (charge->folder);
  remove_temporary (charge->folder);
  azml__charge_drop_ballast (charge);
  if (!told)
    azml__charge_event (charge, azml__status_ended (status));
  azml__status_write (charge->folder, status, 1, NULL);
  return 1;
}

int
azml__settle_write (azml__charge *charge, const char *cause, const char *message)
{
  return write_end (charge, cause, message, 1);
}

/* 1 if the environment of process PID has the line WANTED (with its NUL).  */
static int
carries (pid_t pid, const char *wanted, size_t n)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char name[40];
  snprintf (name, sizeof name, "/proc/%d/environ", (int)pid);
  if (azml__file_read (AT_FDCWD, name, ENVIRON_LIMIT, &text, NULL) < 0)
    return 0;
  for (const char *p = text.data, *end = p + text.length; p && p < end;
       p += strnlen (p, (size_t)(end - p)) + 1)
    if ((size_t)(end - p) >= n && memcmp (p, wanted, n) == 0)
      return 1;
  return 0;
}

/* All processes that carry the run's id: its job, and what that started.  */
static void
list_carriers (azml__pids *pids, void *data)
{
  char wanted[64];
  int n =
      snprintf (wanted, sizeof wanted, "AZML_RUN_ID=%s", (const char *)data) + 1;
  AZML_AUTO (DIR) proc = opendir ("/proc");
  struct dirent *entry;
  while (proc && (entry = readdir (proc)))
    {
      pid_t pid = entry->d_name[0] <= '9' ? atoi (entry->d_name) : 0;
      if (pid > 1 && pid != getpid () && carries (pid, wanted, (size_t)n))
        azml__pids_add (pids, pid);
    }
  azml__pids_sort (pids);
}

static int
is_this_host (const json_t *status)
{
  char host[256] = "";
  const char *named = azml__json_string (status, "host");
  gethostname (host, sizeof host - 1);
  return !named || strcmp (named, host) == 0;
}

/* 1 if the run was accepted a moment ago, and nobody began with it.  */
static int
is_young (int folder)
{
  struct stat st;
  if (fstatat (folder, "alive", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0)
    return 0;
  if (fstatat (folder, "status.json", &st, AT_SYMLINK_NOFOLLOW) < 0
      && fstatat (folder, "run.json", &st, AT_SYMLINK_NOFOLLOW) < 0)
    return 0;
  int64_t age =
      azml__clock_utc_ms ()
      - ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
  return age >= 0 && age < START_MS;
}

/* 1 if the directory is a copy of a run on another machine, which others settle.  */
static int
is_copy (int folder)
{
  struct stat st;
  return fstatat (folder, "sync.json", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* 1 if process PID has the file `alive` of a run ID open, and that is not the one of
   CHARGE.  A process that dies has nothing open.  */
static int
has_another (pid_t pid, const azml__charge *charge)
{
  struct stat own, st;
  char name[PATH_MAX], end[64];
  size_t n = (size_t)snprintf (end, sizeof end, "/%s/alive", charge->id);
  snprintf (name, sizeof name, "/proc/%d/fd", (int)pid);
  AZML_AUTO (DIR) fds = pid ? opendir (name) : NULL;
  struct dirent *entry;
  if (!fds || fstat (charge->alive, &own) < 0)
    return 0;
  while ((entry = readdir (fds)))
    {
      ssize_t length =
          readlinkat (dirfd (fds), entry->d_name, name, sizeof name - 1);
      name[length < 0 ? 0 : length] = '\0';
      char *gone = strstr (name, " (deleted)");
      if (gone)
        *gone = '\0';
      size_t all = strlen (name);
      if (all >= n && strcmp (name + all - n, end) == 0
          && fstatat (dirfd (fds), entry->d_name, &st, 0) == 0
          && (st.st_ino != own.st_ino || st.st_dev != own.st_dev))
        return 1;
    }
  return 0;
}

/* 1 if the run of CHARGE, whose lock is held, goes on in another folder, or did, of which
   this one is a copy (of the whole project, say) that was made meanwhile.  */
static int
is_elsewhere (const azml__charge *charge)
{
  pid_t keeper, runner;
  azml__charge_processes (charge->folder, &keeper, &runner);
  return has_another (keeper, charge) || has_another (runner, charge)
         || azml__charge_is_copied (charge);
}

/* 1 if the run needs somebody: not ended, on this machine, not just accepted.  */
static int
is_forsaken (const azml__charge *charge)
{
  AZML_AUTO (json_t) status = azml__status_read (charge->folder, charge->id);
  azml__state state = azml__status_state (status);
  if (azml__state_is_terminal (state) || !is_this_host (status)
      || is_copy (charge->folder))
    return 0;
  return state != AZML__STATE_QUEUED || !is_young (charge->folder);
}

static int
settle (azml__charge *charge, azml_error **err)
{
  if (!is_forsaken (charge) || azml__run_is_alive (charge->folder))
    return 0;
  int first, rc = azml__charge_lock (charge, 0, &first, err);
  if (rc == AZML_E_BUSY)
    return 0;
  if (rc < 0)
    return rc;
  if (!is_forsaken (charge))
    return 0; /* somebody else was here */
  AZML_AUTO (json_t) status = azml__status_read (charge->folder, charge->id);
  if (is_elsewhere (charge))
    return write_end (charge, "copied",
                      "this is a copy of the run, made while it went on in another "
                      "folder: how it ended is told there",
                      0);
  azml__container_remove (charge->folder);
  if (!is_this_boot (status))
    return azml__settle_write (
        charge, "machine restarted",
        "the machine was restarted while the run was going on");
  int killed = azml__processes_kill (list_carriers, charge->id);
  azml__container_remove_late (charge);
  if (killed)
    azml__charge_event (charge, json_pack ("{s:s,s:s,s:i}", "event", "killed",
                                           "signal", "KILL", "processes", killed));
  return azml__settle_write (charge, "runner killed",
                             "keeper and runner of the run were killed");
}

int
azml__settle (const azml__layout *layout, const char *id, int *ret_settled,
              azml_error **err)
{
  azml__charge charge = AZML__CHARGE_INIT;
  AZML_AUTO (azml_error) failure = NULL;
  int rc = azml__charge_open (&charge, layout, id, err);
  if (rc == 0)
    {
      rc = settle (&charge, &failure);
      if (rc < 0)
        azml__error_move (err, &failure);
    }
  azml__charge_done (&charge);
  if (rc < 0)
    return rc;
  *ret_settled = rc;
  return 0;
}

int
azml__settle_is_slow (const azml__layout *layout, const char *id)
{
  azml__charge charge = AZML__CHARGE_INIT;
  int slow = azml__charge_open (&charge, layout, id, NULL) == 0
             && faccessat (charge.folder, "container/engine.json", F_OK, 0) == 0
             && is_forsaken (&charge) && !azml__run_is_alive (charge.folder);
  azml__charge_done (&charge);
  return slow;
}

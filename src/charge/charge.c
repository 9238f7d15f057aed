/* charge.c: what the processes in charge of a run know about it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "charge/charge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "process/tree.h"

#define BALLAST ((off_t)64 << 10)
#define ALIVE_LIMIT 8192 /* two lines of numbers, and a path */

mode_t
azml__umask_take (void)
{
  static mode_t user;
  static int taken;
  mode_t before = umask (077);
  /* what its owner may not use is of no use to a run */
  if (!taken)
    user = before & ~(mode_t)0700;
  taken = 1;
  return user;
}

int
azml__charge_open (azml__charge *charge, const azml__layout *layout, const char *id,
                   azml_error **err)
{
  AZML_AUTO_FREE char *aside = NULL;
  int rc = azml__layout_run (layout, id, &charge->path, err);
  if (rc < 0)
    return rc;
  strcpy (charge->id, id);
  charge->user_umask = azml__umask_take ();
  charge->start_us = azml__clock_boot_us ();
  charge->root = strdup (layout->root);
  charge->objects = strdup (layout->objects);
  if (!charge->root || !charge->objects)
    return azml__error_no_memory (err);
  if (charge->go >= 0 && (rc = azml__layout_aside (layout, id, &aside, err)) < 0)
    return rc;
  charge->folder =
      open (aside ? aside : charge->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (charge->folder < 0 && errno == ENOENT)
    return azml__error (err, AZML_E_NOT_FOUND, "there is no run '%s' in '%s'", id,
                        layout->runs);
  if (charge->folder < 0)
    return azml__error_os (err, errno, "open the folder '%s'", charge->path);
  return 0;
}

int
azml__charge_await_place (azml__charge *charge)
{
  char byte;
  ssize_t n;
  if (charge->go < 0)
    return 1;
  while ((n = read (charge->go, &byte, 1)) < 0 && errno == EINTR)
    continue;
  close (azml__steal_fd (&charge->go));
  charge->start_us = azml__clock_boot_us ();
  /* Who gave the place may have died when there was the name, and not yet the byte.  */
  return n == 1 || azml__file_has_name (charge->folder, AT_FDCWD, charge->path);
}

int
azml__charge_lock (azml__charge *charge, int wait_ms, int *ret_first,
                   azml_error **err)
{
  const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  struct timespec pause = { 0, 2 * 1000000 };
  int locked = 0;
  charge->alive = openat (charge->folder, "alive", flags | O_EXCL, 0600);
  *ret_first = charge->alive >= 0;
  if (charge->alive < 0 && errno == EEXIST)
    charge->alive = openat (charge->folder, "alive", flags, 0600);
  if (charge->alive < 0)
    return azml__error_os (err, errno, "open '%s/alive'", charge->path);
  for (;; wait_ms -= 2)
    {
      int rc = azml__file_try_lock (charge->alive, &locked, err);
      if (rc < 0)
        return rc;
      if (locked)
        return 0;
      *ret_first = 0; /* somebody has locked what we made */
      if (wait_ms <= 0)
        return azml__error (err, AZML_E_BUSY, "somebody is in charge of run '%s'",
                            charge->id);
      nanosleep (&pause, NULL);
    }
}

int
azml__charge_sign (azml__charge *charge, azml_error **err)
{
  struct stat st;
  if (fstat (charge->alive, &st) < 0)
    return azml__error_os (err, errno, "look at '%s/alive'", charge->path);
  if (!charge->keeper_start)
    charge->keeper_start = azml__process_start (charge->keeper);
  if (!charge->runner_start)
    charge->runner_start = azml__process_start (charge->runner);
  AZML_AUTO_FREE char *text = azml__path_format (
      "keeper %d %llu\nrunner %d %llu\nfile %llu %s\n", (int)charge->keeper,
      (unsigned long long)charge->keeper_start, (int)charge->runner,
      (unsigned long long)charge->runner_start, (unsigned long long)st.st_ino,
      charge->path);
  if (!text)
    return azml__error_no_memory (err);
  size_t n = strlen (text);
  if (pwrite (charge->alive, text, n, 0) != (ssize_t)n)
    return azml__error_os (err, errno, "write '%s/alive'", charge->path);
  return 0;
}

/* A folder that is moved keeps the file, and where files have other numbers after a
   while (FUSE) it keeps the path.  */
int
azml__charge_is_copied (const azml__charge *charge)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  unsigned long long inode = 0;
  int at = 0;
  struct stat st;
  if (azml__file_read (charge->folder, "alive", ALIVE_LIMIT, &text, NULL) < 0
      || !text.data || fstatat (charge->folder, "alive", &st, 0) < 0
      || sscanf (text.data, "keeper %*d %*u runner %*d %*u file %llu%n", &inode,
                 &at)
             != 1
      || text.data[at] != ' ')
    return 0;
  /* What was written before, and was longer, may stand behind the line.  */
  const char *path = text.data + at + 1;
  size_t n = strlen (charge->path);
  return inode != st.st_ino
         && !(strncmp (path, charge->path, n) == 0 && path[n] == '\n');
}

void
azml__charge_processes (int folder, pid_t *ret_keeper, pid_t *ret_runner)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int keeper = 0, runner = 0;
  unsigned long long keeper_start = 0, runner_start = 0;
  *ret_keeper = *ret_runner = 0;
  if (azml__file_read (folder, "alive", ALIVE_LIMIT, &text, NULL) < 0 || !text.data)
    return;
  if (sscanf (text.data, "keeper %d %llu runner %d %llu", &keeper, &keeper_start,
              &runner, &runner_start)
      != 4)
    return;
  if (keeper > 1 && azml__process_start (keeper) == keeper_start)
    *ret_keeper = keeper;
  if (runner > 1 && azml__process_start (runner) == runner_start)
    *ret_runner = runner;
}

/* A file without a name: nothing of it stays, whoever dies.  */
void
azml__charge_load_ballast (azml__charge *charge)
{
  charge->ballast =
      openat (charge->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (charge->ballast < 0)
    {
      charge->ballast =
          openat (charge->folder, ".ballast", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
      if (charge->ballast >= 0)
        unlinkat (charge->folder, ".ballast", 0);
    }
  if (charge->ballast >= 0 && posix_fallocate (charge->ballast, 0, BALLAST) != 0)
    azml__charge_drop_ballast (charge);
}

void
azml__charge_drop_ballast (azml__charge *charge)
{
  if (charge->ballast < 0)
    return;
  /* Keeper and runner share it: closing alone would free nothing.  */
  if (ftruncate (charge->ballast, 0) < 0)
    return;
  close (charge->ballast);
  charge->ballast = -1;
}

void
azml__charge_event (azml__charge *charge, json_t *event)
{
  AZML_AUTO (json_t) owned = event;
  AZML_AUTO (json_t) line = json_object ();
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char now[AZML__CLOCK_TEXT_SIZE];
  if (!line || !owned)
    return;
  json_object_set_new (
      line, "time", json_string (azml__clock_format (azml__clock_utc_ms (), now)));
  json_object_update (line, owned);
  if (azml__json_append (&text, line, NULL) < 0)
    return;
  azml__buffer_add_char (&text, '\n');
  if (charge->events < 0)
    charge->events =
        openat (charge->folder, "events.jsonl",
                O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (charge->events >= 0 && azml__buffer_ok (&text)
      && write (charge->events, text.data, text.length) < 0)
    return; /* the disk is full: the status still says how it ends */
}

void
azml__charge_events_end (azml__charge *charge)
{
  if (charge->events >= 0)
    close (azml__steal_fd (&charge->events));
}

void
azml__charge_forget (const azml__charge *charge)
{
  unlinkat (charge->folder, "job.json", 0);
  unlinkat (charge->folder, "private", 0);
}

json_t *
azml__charge_run (const azml__charge *charge)
{
  json_t *run = NULL;
  if (charge->run)
    return json_incref ((json_t *)charge->run);
  azml__json_read (charge->folder, "run.json", &run, NULL);
  return run;
}

void
azml__charge_done (azml__charge *charge)
{
  json_decref (charge->status);
  free (charge->path);
  free (charge->root);
  free (charge->objects);
  if (charge->folder >= 0)
    close (charge->folder);
  if (charge->alive >= 0)
    close (charge->alive);
  if (charge->ballast >= 0)
    close (charge->ballast);
  azml__charge_events_end (charge);
  azml__lease_keep_done (&charge->leases);
  *charge = (azml__charge)AZML__CHARGE_INIT;
}

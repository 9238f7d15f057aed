/* lock.c: one builder of an environment at a time, and none while it is used.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"

#define SLICE_MS 200
#define PATIENCE 5 /* tries of a few ms before a holder without a name is told */

/* What stands between us and an environment.  */
typedef struct barrier
{
  int is_there;
  int in_use;   /* runs use what must be built anew */
  char *holder; /* who builds, NULL: it does not say */
} barrier;

static void
barrier_done (barrier *obstacle)
{
  free (obstacle->holder);
  *obstacle = (barrier){ 0 };
}

void
azml__lock_tell (const azml__environment_plan *plan,
                 const azml__environment_options *options, const char *what,
                 const char *holder, int in_use)
{
  if (!options->event)
    return;
  AZML_AUTO (json_t)
  event = json_pack ("{s:s, s:s, s:s, s:s}", "event", "environment", "what", what,
                     "hash", plan->hash, "builder", plan->builder);
  if (event && holder)
    json_object_set_new (event, "for", azml__json_text (holder));
  if (event && in_use)
    json_object_set_new (event, "in_use", json_true ());
  if (event)
    options->event (event, options->data);
}

void
azml__lock_sign (int fd, const char *holder)
{
  char host[256] = "";
  char since[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  gethostname (host, sizeof host - 1);
  AZML_AUTO (json_t)
  json = json_pack ("{s:o, s:i, s:o, s:s}", "holder", azml__json_text (holder),
                    "pid", (int)getpid (), "host", azml__json_text (host), "since",
                    azml__clock_format (azml__clock_utc_ms (), since));
  if (json && azml__json_append (&text, json, NULL) == 0 && ftruncate (fd, 0) == 0
      && lseek (fd, 0, SEEK_SET) == 0)
    azml__file_write (fd, text.data, text.length, NULL);
}

/* Who holds the lock file FD, as it says itself (new); NULL if it does not.  */
static char *
read_holder (int fd)
{
  char text[1024];
  size_t n;
  AZML_AUTO (json_t) json = NULL;
  if (azml__file_pread (fd, text, sizeof text, 0, &n, NULL) < 0
      || azml__json_parse (text, n, "a lock", &json, NULL) < 0)
    return NULL;
  char *holder = azml__json_get_bytes (json_object_get (json, "holder"), NULL);
  return holder ? holder
                : azml__path_format ("process %d",
                                     (int)azml__json_integer (json, "pid", 0));
}

static void
tell_waiting (const azml__environment_plan *plan,
              const azml__environment_options *options, const barrier *obstacle)
{
  AZML_AUTO_FREE char *line =
      obstacle->in_use ? strdup (
          "azml: waiting for the runs that use this environment: its Python "
          "is gone, it must be built anew\n")
      : obstacle->holder
          ? azml__path_format (
              "azml: waiting for %s, which builds this environment\n",
              obstacle->holder)
          : strdup (
              "azml: waiting for another process, which builds or removes this "
              "environment\n");
  azml__lock_tell (plan, options, "waiting", obstacle->holder, obstacle->in_use);
  if (line && options->log_fd >= 0)
    azml__file_write (options->log_fd, line, strlen (line), NULL);
}

/* Lock FD by MODE (LOCK_SH or LOCK_EX) at once.  Store 0 in *RET_LOCKED if somebody
   holds it.  */
static int
take (int fd, int mode, int *ret_locked, azml_error **err)
{
  *ret_locked = 1;
  while (flock (fd, mode | LOCK_NB) < 0)
    {
      if (errno == EINTR)
        continue;
      if (errno != EWOULDBLOCK)
        return azml__error_os (err, errno, "lock");
      *ret_locked = 0;
      break;
    }
  return 0;
}

int
azml__lock_try (int folder, const char *name)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  int locked = 0;
  if (fd < 0 || take (fd, LOCK_EX, &locked, NULL) < 0 || !locked
      || !azml__file_has_name (fd, folder, name))
    return -1;
  return azml__steal_fd (&fd);
}

/* Open the lock FILE, for reading where nothing may be written.  */
static int
open_lock (const char *file)
{
  int fd = open (file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return fd >= 0 ? fd : open (file, O_RDONLY | O_CLOEXEC);
}

/* Share the lock FILE of PLAN's environment, which looked complete.  Store 1 in
   *RET_DONE if it may be used, with the lock, or without one where none can be had: it
   cannot be removed there either.  */
static void
share (const azml__environment_plan *plan, const char *file, int *ret_fd,
       int *ret_done, barrier *obstacle)
{
  AZML_AUTO_CLOSE int fd = open_lock (file);
  int locked;
  if (fd < 0 || take (fd, LOCK_SH, &locked, NULL) < 0)
    {
      *ret_done = azml__environment_is_complete (plan);
      return;
    }
  obstacle->is_there = !locked;
  if (!locked)
    obstacle->holder = read_holder (fd);
  else if (azml__file_has_name (fd, AT_FDCWD, file)
           && azml__environment_is_complete (plan))
    {
      *ret_done = 1;
      *ret_fd = azml__steal_fd (&fd);
    }
}

/* Get the lock FILE of PLAN's environment, which must be built, alone.  */
static int
own (const azml__environment_plan *plan, const char *file, int *ret_fd,
     int *ret_done, barrier *obstacle, azml_error **err)
{
  int locked;
  AZML_AUTO_FREE char *stamp = azml__path_join (plan->path, "complete");
  AZML_AUTO_CLOSE int fd = open (file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return azml__error_os (err, errno, "open '%s'", file);
  int rc = take (fd, LOCK_EX, &locked, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "'%s'", file);
  obstacle->is_there = !locked;
  if (!locked)
    {
      obstacle->holder = read_holder (fd);
      obstacle->in_use =
          !obstacle->holder && stamp && access (stamp, F_OK) == 0
          && !azml__environment_is_complete (plan); /* not built meanwhile */
    }
  else if (azml__file_has_name (fd, AT_FDCWD, file)
           && !azml__environment_is_complete (plan))
    {
      *ret_done = 1;
      *ret_fd = azml__steal_fd (&fd);
    }
  return 0;
}

/* Tell about OBSTACLE unless TOLD, the one before, was the same; it is kept there.  */
static void
keep_told (const azml__environment_plan *plan,
           const azml__environment_options *options, barrier *told,
           barrier *obstacle)
{
  int same = told->is_there && told->in_use == obstacle->in_use
             && (!obstacle->holder
                 || (told->holder && strcmp (told->holder, obstacle->holder) == 0));
  if (same)
    return;
  tell_waiting (plan, options, obstacle);
  barrier_done (told);
  *told = *obstacle;
  obstacle->holder = NULL;
}

int
azml__lock_get (const azml__environment_plan *plan,
                const azml__environment_options *options, int *ret_fd,
                int *ret_complete, azml_error **err)
{
  AZML_AUTO_FREE char *file = azml__path_format ("%s.lock", plan->path);
  AZML_CLEANUP (barrier_done) barrier told = { 0 };
  if (!file)
    return azml__error_no_memory (err);
  *ret_fd = -1;
  for (int tries = 0;; tries++)
    {
      AZML_CLEANUP (barrier_done) barrier obstacle = { 0 };
      int done = 0, ready, rc = 0;
      *ret_complete = azml__environment_is_complete (plan);
      if (*ret_complete)
        share (plan, file, ret_fd, &done, &obstacle);
      else
        rc = own (plan, file, ret_fd, &done, &obstacle, err);
      if (rc < 0 || done)
        return rc;
      if (!obstacle.is_there)
        continue; /* it was built or removed just now */
      /* Who only looks whether it is used holds it no longer than that.  */
      int short_wait = tries < PATIENCE && !obstacle.holder;
      if (!short_wait)
        keep_told (plan, options, &told, &obstacle);
      rc = azml__cancel_poll (options->cancel, NULL, 0,
                              short_wait ? 1 << tries : SLICE_MS, &ready, err);
      if (rc < 0)
        return rc;
    }
}

/* mirror.c: the copy, here, of a run directory that is on another machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/random.h"
#include "run/layout.h"

#define SYNC "sync.json"

struct azml__mirror
{
  int runs;   /* the folder that the directory is in */
  int folder; /* the directory */
  int lock;   /* its sync.json, open and locked */
  char name[AZML__RANDOM_ID_SIZE];
  json_t *sync;
};

/* What is followed, and so written here.  */
static const char *const files[] = { "log", "metrics.jsonl", "events.jsonl",
                                     "prepare.log", "gpu.jsonl" };

void
azml__mirror_free (azml__mirror *mirror)
{
  if (!mirror)
    return;
  int *fds[] = { &mirror->lock, &mirror->folder, &mirror->runs };
  for (int i = 0; i < 3; i++)
    if (*fds[i] >= 0)
      close (azml__steal_fd (fds[i]));
  json_decref (mirror->sync);
  free (mirror);
}

static azml__mirror *
mirror_alloc (const char *id)
{
  azml__mirror *mirror = calloc (1, sizeof *mirror);
  if (!mirror)
    return NULL;
  mirror->runs = mirror->folder = mirror->lock = -1;
  snprintf (mirror->name, sizeof mirror->name, "%s", id);
  return mirror;
}

/* Write SYNC beside, lock it, and give it the name.  */
int
azml__mirror_update (azml__mirror *mirror, const json_t *sync, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int locked = 0, rc = azml__json_append (&text, sync, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_char (&text, '\n');
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  /* One writer only, so one name will do; what a killed one left is overwritten.  */
  AZML_AUTO_CLOSE int fd =
      openat (mirror->folder, SYNC ".tmp",
              O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return azml__error_os (err, errno, "write '%s'", SYNC);
  rc = azml__file_try_lock (fd, &locked, err);
  if (rc == 0 && !locked)
    rc = azml__error (err, AZML_E_BUSY, "'%s' is locked", SYNC);
  if (rc == 0)
    rc = azml__file_write (fd, text.data, text.length, err);
  if (rc == 0 && renameat (mirror->folder, SYNC ".tmp", mirror->folder, SYNC) < 0)
    rc = azml__error_os (err, errno, "write '%s'", SYNC);
  if (rc < 0)
    return rc;
  if (mirror->lock >= 0)
    close (mirror->lock);
  mirror->lock = azml__steal_fd (&fd);
  json_t *copy = json_deep_copy (sync);
  if (copy)
    {
      json_decref (mirror->sync);
      mirror->sync = copy;
    }
  return 0;
}

static int
make_file (int folder, const char *name, azml_error **err)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd < 0 ? azml__error_os (err, errno, "create '%s'", name) : 0;
}

/* Fill the new directory, which is locked as one that is being accepted is: gc leaves it
   alone.  */
static int
fill (azml__mirror *mirror, const json_t *run, const json_t *sync, azml_error **err)
{
  int locked = 0, rc = azml__file_try_lock (mirror->folder, &locked, err);
  if (rc == 0)
    rc = azml__json_write (mirror->folder, "run.json", run, 0600, 0, err);
  if (rc == 0)
    rc = make_file (mirror->folder, "log", err);
  if (rc == 0 && mkdirat (mirror->folder, "outputs", 0777) < 0)
    rc = azml__error_os (err, errno, "make the folder 'outputs'");
  return rc < 0 ? rc : azml__mirror_update (mirror, sync, err);
}

int
azml__mirror_new (const char *runs, const char *id, const json_t *run,
                  const json_t *sync, azml__mirror **ret, azml_error **err)
{
  char aside[AZML__ASIDE_SIZE];
  struct stat st;
  if (!azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_INVALID, "'%s' is not a run id", id);
  AZML_AUTO (azml__mirror) mirror = mirror_alloc (id);
  if (!mirror)
    return azml__error_no_memory (err);
  int rc = azml__folder_open (runs, &mirror->runs, err);
  if (rc < 0)
    return rc;
  if (fstatat (mirror->runs, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return azml__error (err, AZML_E_EXISTS, "there is a run '%s'", id);
  azml__run_aside (id, aside);
  if (mkdirat (mirror->runs, aside, 0700) < 0)
    return azml__folder_refused (err, errno, mirror->runs);
  mirror->folder =
      openat (mirror->runs, aside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (mirror->folder < 0)
    rc = azml__error_os (err, errno, "open the folder '%s'", aside);
  if (rc == 0)
    rc = fill (mirror, run, sync, err);
  if (rc == 0 && renameat (mirror->runs, aside, mirror->runs, id) < 0)
    rc = azml__error_os (err, errno, "rename to '%s'", id);
  if (rc < 0)
    {
      azml__file_remove_tree (mirror->runs, aside, NULL);
      return rc;
    }
  *ret = azml_steal (&mirror);
  return 0;
}

/* Open and lock sync.json.  *RET_AGAIN: somebody replaced it meanwhile.  */
static int
lock_sync (azml__mirror *mirror, int *ret_again, azml_error **err)
{
  int locked = 0;
  AZML_AUTO_CLOSE int fd =
      openat (mirror->folder, SYNC, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return azml__error (err, AZML_E_NOT_FOUND,
                        "run '%s' is not a copy of one on another machine",
                        mirror->name);
  if (fd < 0)
    return azml__error_os (err, errno, "open '%s'", SYNC);
  int rc = azml__file_try_lock (fd, &locked, err);
  if (rc == 0 && !locked)
    rc = azml__error (err, AZML_E_BUSY,
                      "another program brings run '%s' up to date", mirror->name);
  if (rc < 0)
    return rc;
  *ret_again = !azml__file_has_name (fd, mirror->folder, SYNC);
  if (!*ret_again)
    mirror->lock = azml__steal_fd (&fd);
  return 0;
}

int
azml__mirror_open (const char *directory, azml__mirror **ret, azml_error **err)
{
  AZML_AUTO_FREE char *above = azml__path_folder (directory);
  const char *id = azml__path_base (directory);
  if (!azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_INVALID, "'%s' is not a run id", id);
  AZML_AUTO (azml__mirror) mirror = mirror_alloc (id);
  if (!mirror || !above)
    return azml__error_no_memory (err);
  int rc = azml__folder_open (above, &mirror->runs, err);
  if (rc == 0)
    rc = azml__folder_open (directory, &mirror->folder, err);
  for (int again = 1; rc == 0 && again;)
    rc = lock_sync (mirror, &again, err);
  if (rc == 0)
    rc = azml__json_read (mirror->folder, SYNC, &mirror->sync, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&mirror);
  return 0;
}

int
azml__mirror_flush (azml__mirror *mirror, azml_error **err)
{
  AZML_AUTO_CLOSE int run =
      openat (mirror->folder, "run.json", O_RDONLY | O_CLOEXEC);
  int failed = run < 0 || fsync (run) < 0 || fsync (mirror->folder) < 0
               || fsync (mirror->runs) < 0;
  return failed ? azml__error_os (err, errno, "fsync the run directory") : 0;
}

const json_t *
azml__mirror_sync (const azml__mirror *mirror)
{
  return mirror->sync;
}

int
azml__mirror_folder (const azml__mirror *mirror)
{
  return mirror->folder;
}

int
azml__mirror_file (azml__mirror *mirror, const char *name, int *ret_fd,
                   uint64_t *ret_size, azml_error **err)
{
  struct stat st;
  size_t i = 0;
  while (i < sizeof files / sizeof *files && strcmp (files[i], name) != 0)
    i++;
  if (i == sizeof files / sizeof *files)
    return azml__error (err, AZML_E_INVALID, "'%.40s' is not followed", name);
  AZML_AUTO_CLOSE int fd =
      openat (mirror->folder, name,
              O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0 || fstat (fd, &st) < 0)
    return azml__error_os (err, errno, "open the copy of '%s'", name);
  if (!S_ISREG (st.st_mode))
    return azml__error (err, AZML_E_INVALID, "the copy of '%s' is no file", name);
  *ret_size = (uint64_t)st.st_size;
  *ret_fd = azml__steal_fd (&fd);
  return 0;
}

int
azml__mirror_status (azml__mirror *mirror, const json_t *status, int last,
                     azml_error **err)
{
  return azml__json_write (mirror->folder, "status.json", status, 0600, last, err);
}

int
azml__mirror_remove (azml__mirror *mirror, azml_error **err)
{
  char aside[AZML__ASIDE_SIZE];
  azml__run_aside (mirror->name, aside);
  if (renameat (mirror->runs, mirror->name, mirror->runs, aside) < 0)
    return azml__error_os (err, errno, "remove run '%s'", mirror->name);
  return azml__file_remove_tree (mirror->runs, aside, err);
}

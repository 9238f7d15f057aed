/* spare-make.c: make a source tree before it is asked for; remove those nobody asks for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   One process at a time makes one, under the lock of the folder.  Whatever is removed is
   renamed first: nobody takes half a tree.  */

#include <config.h>

#include "runner/spare.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/random.h"
#include "environment/size.h"
#include "process/close.h"
#include "process/signals.h"
#include "runner/disk.h"
#include "runner/spare-name.h"
#include "snapshot/snapshot.h"

/* Fewer files are made in a moment; more bytes are not worth their place.  */
#define FEWEST_FILES 300
#define MOST_BYTES ((json_int_t)512 << 20)

#define MOST_TREES 4
#define UNUSED_SECONDS (3 * 24 * 3600.0)
#define ASIDE ".gone-" /* what is being removed */

typedef struct visit
{
  int spares;
  const char *path;
  const azml__spare_name *now; /* the latest of its project, or NULL */
  double age;
  int dry_run;
  int kept;
  int64_t trees, bytes;
} visit;

static double
age_of (int folder, const char *name)
{
  struct stat st;
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return 0;
  return (double)(azml__clock_utc_ms () - (int64_t)st.st_ctim.tv_sec * 1000) / 1000;
}

/* Is the tree NAME of no use any more?  */
static int
is_over (const visit *v, const char *name)
{
  azml__spare_name n;
  char boot[40];
  if (age_of (v->spares, name) >= v->age || !azml__spare_name_read (name, &n))
    return 1;
  azml__clock_boot_id (boot);
  return strcmp (n.boot, boot) != 0
         || (v->now && strcmp (n.project, v->now->project) == 0
             && n.umask == v->now->umask && strcmp (n.digest, v->now->digest) != 0);
}

static void
remove_tree (visit *v, const char *name)
{
  char aside[40], id[AZML__RANDOM_ID_SIZE];
  AZML_AUTO_FREE char *path = azml__path_join (v->path, name);
  v->trees++;
  if (path)
    v->bytes += azml__size_of_tree (path);
  if (v->dry_run || azml__random_id (id, NULL) < 0)
    return;
  snprintf (aside, sizeof aside, ASIDE "%s", id);
  if (renameat (v->spares, name, v->spares, aside) == 0)
    azml__file_remove_tree (v->spares, aside, NULL);
}

/* Go through the trees and remove what is over; of the others as many as are kept stay.
   The folder is locked.  */
static void
sweep (visit *v)
{
  AZML_AUTO (DIR) dir = azml__folder_entries (v->spares, ".");
  struct dirent *entry;
  if (!dir)
    return;
  while ((entry = readdir (dir)))
    {
      const char *name = entry->d_name;
      if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        continue;
      if (is_over (v, name) || v->kept == MOST_TREES)
        remove_tree (v, name);
      else
        v->kept++;
    }
}

static int
open_locked (int runs)
{
  int locked = 0;
  AZML_AUTO_CLOSE int fd = openat (runs, AZML__SPARE_FOLDER,
                                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || azml__file_try_lock (fd, &locked, NULL) < 0 || !locked)
    return -1;
  return azml__steal_fd (&fd);
}

int
azml__spare_collect (int runs, const char *path, double age, int dry_run,
                     int64_t *ret_trees, int64_t *ret_bytes, azml_error **err)
{
  AZML_AUTO_CLOSE int spares = open_locked (runs);
  AZML_AUTO_FREE char *base = azml__path_join (path, AZML__SPARE_FOLDER);
  visit v = { .spares = spares, .path = base, .age = age, .dry_run = dry_run };
  if (!base)
    return azml__error_no_memory (err);
  if (spares >= 0)
    sweep (&v);
  *ret_trees = v.trees;
  *ret_bytes = v.bytes;
  return 0;
}

/* Is the source of this run worth it?  */
static int
is_worth_it (const azml__charge *charge)
{
  AZML_AUTO (json_t) run = azml__charge_run (charge);
  const json_t *snapshot = json_object_get (run, "snapshot");
  json_int_t files = azml__json_integer (snapshot, "files", 0);
  json_int_t bytes = azml__json_integer (snapshot, "bytes", 0);
  struct statvfs fs;
  if (files < FEWEST_FILES || bytes > MOST_BYTES
      || fstatvfs (charge->folder, &fs) < 0)
    return 0;
  /* What others may want is left to them.  */
  uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;
  return room / 20 > (uint64_t)bytes + (uint64_t)files * 4096
         && (!fs.f_files || fs.f_favail / 20 > (fsfilcnt_t)files);
}

/* Make the tree NAME in the locked folder SPARES, which is PATH.  */
static void
make (int spares, const char *path, const azml__spare_name *name,
      const char *objects_folder)
{
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO (json_t) linked = NULL; /* the run that takes it finds out itself */
  azml__digest digest;
  struct stat st;
  char text[AZML__SPARE_NAME], aside[sizeof AZML__SPARE_MAKING + AZML__SPARE_NAME];
  azml__spare_name_write (name, text);
  if (fstatat (spares, text, &st, AT_SYMLINK_NOFOLLOW) == 0
      || azml__digest_parse (name->digest, &digest) < 0
      || azml__objects_open (objects_folder, &objects, NULL) < 0)
    return;
  snprintf (aside, sizeof aside, AZML__SPARE_MAKING "%s", text);
  AZML_AUTO_FREE char *target = azml__path_join (path, aside);
  umask ((mode_t)name->umask);
  if (!target || mkdirat (spares, aside, 0777) < 0)
    return;
  if (azml__snapshot_materialise (objects, &digest, target, NULL, NULL, &linked,
                                  NULL)
          < 0
      || renameat (spares, aside, spares, text) < 0)
    azml__file_remove_tree (spares, aside, NULL);
}

/* The process that makes it.  Nothing of the run is its matter: it closes all first.  */
static void
work (const azml__charge *charge, const azml__spare_name *name)
{
  AZML_AUTO_FREE char *runs = azml__path_folder (charge->path);
  AZML_AUTO_FREE char *path =
      runs ? azml__path_join (runs, AZML__SPARE_FOLDER) : NULL;
  azml__close_all_but (-1, -1);
  azml__signals_reset ();
  setsid ();
  (void)setpriority (PRIO_PROCESS, 0, 5);
  if (!path || azml__folder_make (path, 0700, NULL) < 0)
    return;
  AZML_AUTO_CLOSE int fd = open (runs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  AZML_AUTO_CLOSE int spares = fd < 0 ? -1 : open_locked (fd);
  if (spares < 0)
    return;
  visit v = { .spares = spares, .path = path, .now = name, .age = UNUSED_SECONDS };
  make (spares, path, name, charge->objects);
  sweep (&v);
}

void
azml__spare_make (const azml__runner *runner)
{
  azml__spare_name name;
  if (!azml__spare_name_of (runner, &name) || !is_worth_it (runner->charge)
      || azml__disk_is_full (runner->charge->folder))
    return;
  if (fork () == 0)
    {
      work (runner->charge, &name);
      _exit (0);
    }
}

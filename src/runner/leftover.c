/* leftover.c: files that the job left in its source folder.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   That is where forgotten checkpoints are: everything in source/ but outputs that
   the snapshot does not have, or has with another content.  */

#include <config.h>

#include "runner/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/path.h"
#include "snapshot/manifest.h"

#define DEPTH 100
#define LIMIT 10000000

typedef struct search
{
  const azml__manifest *manifest;
  int64_t before_ns; /* what was changed later is not the snapshot's */
  int64_t found;
} search;

static const azml__manifest_entry *
find_entry (const azml__manifest *manifest, const char *path)
{
  size_t low = 0, high = manifest->count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      int order = strcmp (path, manifest->entries[middle].path);
      if (order == 0)
        return &manifest->entries[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

static int
is_new (const search *s, const char *path, const struct stat *st)
{
  const azml__manifest_entry *entry = find_entry (s->manifest, path);
  if (!entry)
    return 1;
  if (entry->type == 'f' || entry->type == 'x')
    return !S_ISREG (st->st_mode) || (uint64_t)st->st_size != entry->size
           || (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec
                  > s->before_ns;
  return entry->type == 'l' && !S_ISLNK (st->st_mode);
}

static void walk (search *s, int fd, const char *path, int depth);

static void
visit (search *s, int folder, const char *above, const char *name, int depth)
{
  struct stat st;
  AZML_AUTO_FREE char *path =
      *above ? azml__path_join (above, name) : strdup (name);
  if (!path || fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return;
  if (!S_ISDIR (st.st_mode))
    {
      s->found += is_new (s, path, &st);
      return;
    }
  /* Python's own cache is nobody's checkpoint.  */
  if (strcmp (name, "__pycache__") == 0 || depth >= DEPTH)
    return;
  int fd = openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0)
    walk (s, fd, path, depth + 1);
}

/* Count below the folder FD (taken), whose name is PATH ("" for the top).  */
static void
walk (search *s, int fd, const char *path, int depth)
{
  AZML_AUTO (DIR) dir = fdopendir (fd);
  struct dirent *entry;
  if (!dir)
    {
      close (fd);
      return;
    }
  while (s->found < LIMIT && (entry = readdir (dir)))
    {
      const char *name = entry->d_name;
      if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0
          || (!*path && strcmp (name, "outputs") == 0))
        continue;
      visit (s, dirfd (dir), path, name, depth);
    }
}

int64_t
azml__leftover_count (const azml__runner *runner)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO (azml__objects) objects = NULL;
  int fd = openat (runner->charge->folder, "source",
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return 0;
  if (runner->job.has_snapshot
      && (azml__objects_open (runner->charge->objects, &objects, NULL) < 0
          || azml__manifest_load (objects, &runner->job.snapshot, &manifest, NULL)
                 < 0))
    {
      close (fd);
      return 0;
    }
  search s = { &manifest, runner->prepared_ns, 0 };
  walk (&s, fd, "", 0);
  return s.found;
}

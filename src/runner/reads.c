/* reads.c: which files of the snapshot the job read.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/reads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "snapshot/manifest.h"
#include "snapshot/walk.h"

#define LONG_AGO 1 /* second after 1970 began */

static int
is_old (const struct stat *st)
{
  return st->st_atim.tv_sec == LONG_AGO && st->st_atim.tv_nsec == 0;
}

/* Give the open file FD the old access time.  */
static int
make_old (int fd)
{
  const struct timespec times[2] = { { .tv_sec = LONG_AGO },
                                     { .tv_nsec = UTIME_OMIT } };
  return futimens (fd, times);
}

/* Open source/ and load the manifest of what was put there.  */
static int
open_source (azml__runner *runner, azml__manifest *manifest, int *ret_fd)
{
  AZML_AUTO (azml__objects) objects = NULL;
  if (azml__objects_open (runner->charge->objects, &objects, NULL) < 0
      || azml__manifest_load (objects, &runner->job.snapshot, manifest, NULL) < 0)
    return -1;
  *ret_fd = openat (runner->charge->folder, "source",
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return *ret_fd < 0 ? -1 : 0;
}

static int
is_file (const azml__manifest_entry *entry)
{
  return entry->type == 'f' || entry->type == 'x';
}

/* Does the kernel note here that a file was read?  */
static int
notes_reads (int folder)
{
  static const char name[] = ".reads";
  struct stat st;
  char byte;
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return 0;
  unlinkat (folder, name, 0);
  return write (fd, "x", 1) == 1 && make_old (fd) == 0
         && pread (fd, &byte, 1, 0) == 1 && fstat (fd, &st) == 0 && !is_old (&st);
}

void
azml__reads_begin (azml__runner *runner)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO_CLOSE int source = -1;
  if (!runner->job.record_reads || !runner->job.has_snapshot
      || open_source (runner, &manifest, &source) < 0
      || !notes_reads (runner->charge->folder))
    return;
  for (size_t i = 0; i < manifest.count; i++)
    {
      AZML_AUTO_CLOSE int fd = -1;
      if (is_file (&manifest.entries[i]))
        fd = azml__walk_open (source, manifest.entries[i].path,
                              O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
      if (fd >= 0 && make_old (fd) < 0)
        return;
    }
  runner->reads_exact = 1;
}

/* Was the file PATH of SOURCE read?  One that was replaced or removed was at least
   opened for it.  */
static int
was_read (int source, const char *path)
{
  struct stat st;
  AZML_AUTO_CLOSE int fd =
      azml__walk_open (source, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 || fstat (fd, &st) < 0 || !is_old (&st);
}

void
azml__reads_report (azml__runner *runner)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO_CLOSE int source = -1;
  AZML_AUTO (json_t) files = json_array ();
  if (!runner->job.record_reads || !runner->job.has_snapshot
      || open_source (runner, &manifest, &source) < 0)
    return;
  for (size_t i = 0; i < manifest.count; i++)
    if (is_file (&manifest.entries[i])
        && (!runner->reads_exact || was_read (source, manifest.entries[i].path)))
      json_array_append_new (files, azml__json_text (manifest.entries[i].path));
  AZML_AUTO (json_t)
  record = json_pack ("{s:b, s:O}", "exact", runner->reads_exact, "files", files);
  if (record)
    (void)!azml__json_write (runner->charge->folder, "reads.json", record, 0600, 0,
                             NULL);
}

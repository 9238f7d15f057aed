/* scratch.h: a folder for the files of a test, and short ways to fill it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_SCRATCH_H
#define AZML_TESTS_SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/path.h"

/* Where scratch folders go: into memory where there is room, because a disk is slow
   at ten thousand files.  */
__attribute__ ((unused)) static const char *
scratch_above (void)
{
  const char *above = getenv ("TMPDIR");
  struct statvfs fs;
  if (above && *above)
    return above;
  if (access ("/dev/shm", W_OK) == 0 && statvfs ("/dev/shm", &fs) == 0
      && (unsigned long long)fs.f_bavail * fs.f_frsize > 1ULL << 30)
    return "/dev/shm";
  return "/tmp";
}

/* Make a new folder and work in it; return its path (new), NULL if that failed.  */
__attribute__ ((unused)) static char *
scratch_enter (const char *name)
{
  char *path = azml__path_format ("%s/azml-%s-XXXXXX", scratch_above (), name);
  if (!path || !mkdtemp (path) || chdir (path) < 0)
    {
      free (path);
      return NULL;
    }
  return path;
}

/* Remove the folder PATH (taken).  */
__attribute__ ((unused)) static void
scratch_leave (char *path)
{
  if (chdir ("/") == 0)
    (void)!azml__file_remove_tree (AT_FDCWD, path, NULL);
  free (path);
}

/* Write N bytes of DATA to PATH, making the folders above it.  Return 1 if this
   succeeded.  */
__attribute__ ((unused)) static int
write_bytes (const char *path, const void *data, size_t n)
{
  char *folder = azml__path_folder (path);
  int done =
      folder
      && (strcmp (folder, ".") == 0 || azml__folder_make (folder, 0777, NULL) == 0);
  free (folder);
  int fd = done ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
  done = fd >= 0 && azml__file_write (fd, data, n, NULL) == 0;
  return (fd >= 0 && close (fd) == 0) && done;
}

__attribute__ ((unused)) static int
write_text (const char *path, const char *text)
{
  return write_bytes (path, text, strlen (text));
}

/* Give PATH a time stamp AGE seconds ago.  Its ctime is now, whatever one does.  */
__attribute__ ((unused)) static int
make_old (const char *path, long age)
{
  struct timespec now, times[2];
  clock_gettime (CLOCK_REALTIME, &now);
  now.tv_sec -= age;
  times[0] = times[1] = now;
  return utimensat (AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0;
}

#endif

/* archive.c: fuzz the archive that comes out of a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Nothing is written outside of the folder.  Sums are put right first, else few inputs
   would get beyond them.  */

#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "fuzz.h"
#include "container/archive.h"

static azml__archive_choice
choose (const char *name)
{
  return (azml__archive_choice)((unsigned char)*name % 4);
}

static int
open_input (const uint8_t *data, size_t n)
{
  int fd = memfd_create ("archive", MFD_CLOEXEC);
  for (size_t at = 0; fd >= 0 && at < n; at += AZML__ARCHIVE_BLOCK)
    {
      azml__archive_header header;
      size_t rest = n - at;
      size_t part = rest < sizeof header ? rest : sizeof header;
      memcpy (&header, data + at, part);
      if (part == sizeof header && memcmp (header.magic, "ustar", 5) == 0)
        {
          char sum[12];
          snprintf (sum, sizeof sum, "%06o", azml__archive_sum (&header) & 0777777);
          memcpy (header.checksum, sum, 7);
        }
      if (write (fd, &header, part) != (ssize_t)part)
        abort ();
    }
  if (fd >= 0)
    lseek (fd, 0, SEEK_SET);
  return fd;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  static char above[] = "/tmp/azml-fuzz-XXXXXX";
  static int made;
  struct stat st;
  if (!made++ && !mkdtemp (above))
    abort ();
  if (mkdir (above, 0700) < 0 && access (above, W_OK) < 0)
    abort ();
  AZML_AUTO_CLOSE int outer = open (above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  AZML_AUTO_CLOSE int fd = open_input (data, n);
  if (outer < 0 || fd < 0 || mkdirat (outer, "in", 0700) < 0)
    abort ();
  AZML_AUTO_CLOSE int folder =
      openat (outer, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  azml__archive_target target = { folder, choose, 1 };
  azml__archive_take (fd, &target, NULL);
  if (fstat (outer, &st) < 0 || st.st_nlink > 3)
    abort ();
  azml__file_remove_tree (outer, "in", NULL);
  if (rmdir (above) < 0)
    abort ();
  return 0;
}

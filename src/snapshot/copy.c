/* copy.c: one file, copied to another name.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/file.h"
#include "core/path.h"
#include "snapshot/clone.h"

#define BLOCK ((size_t)1 << 20)

static int
copy_bytes (int from, int to, azml_cancel *cancel, azml_error **err)
{
  AZML_AUTO_FREE char *block = malloc (BLOCK);
  size_t n = 1;
  if (!block)
    return azml__error_no_memory (err);
  for (off_t at = 0; n > 0; at += (off_t)n)
    {
      int rc = azml__cancel_check (cancel, err);
      if (rc == 0)
        rc = azml__file_pread (from, block, BLOCK, at, &n, err);
      if (rc == 0 && n)
        rc = azml__file_write (to, block, n, err);
      if (rc < 0)
        return rc;
    }
  return 0;
}

/* Fill the new file ASIDE and give it the name TO.  */
static int
make_copy (int from, const struct stat *st, const char *aside, const char *to,
           azml_cancel *cancel, azml_error **err)
{
  mode_t mode = 0666 | (st->st_mode & 0111);
  AZML_AUTO_CLOSE int fd =
      open (aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return azml__error_os (err, errno, "make the file '%s'", aside);
  int rc = 0;
  if (!azml__clone_file (from, fd))
    rc = copy_bytes (from, fd, cancel, err);
  if (rc == 0 && rename (aside, to) < 0)
    rc = azml__error_os (err, errno, "make the file '%s'", to);
  if (rc < 0)
    unlink (aside);
  return rc;
}

int
azml__copy_file (const char *from, const char *to, azml_cancel *cancel,
                 azml_error **err)
{
  struct stat st;
  AZML_AUTO_CLOSE int fd = open (from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &st) < 0)
    return azml__error_os (err, errno, "open the file '%s'", from);
  if (!S_ISREG (st.st_mode))
    return azml__error (err, AZML_E_NOT_FOUND, "'%s' is no regular file", from);
  AZML_AUTO_FREE char *aside =
      azml__path_format ("%s.azml-%ld", to, (long)getpid ());
  if (!aside)
    return azml__error_no_memory (err);
  return make_copy (fd, &st, aside, to, cancel, err);
}

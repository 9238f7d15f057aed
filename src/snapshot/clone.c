/* clone.c: files that share their blocks until one is written to.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/clone.h"

#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

int
azml__clone_file (int from, int to)
{
#ifdef FICLONE
  return ioctl (to, FICLONE, from) == 0;
#else
  (void)from;
  (void)to;
  return 0;
#endif
}

/* disk.c: is there room left?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/disk.h"

#include <stdint.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A job that failed for want of room may have left a little: what did not fit.  */
#define NOTHING ((uint64_t)1 << 20)
#define LITTLE ((uint64_t)16 << 30)

static int
has_less (int folder, uint64_t limit)
{
  struct statvfs fs;
  if (fstatvfs (folder, &fs) < 0)
    return 0;
  uint64_t blocks = geteuid () == 0 ? fs.f_bfree : fs.f_bavail;
  return blocks * fs.f_frsize < limit || (fs.f_files && !fs.f_favail);
}

int
azml__disk_is_full (int folder)
{
  return has_less (folder, NOTHING);
}

int
azml__disk_is_short (int folder)
{
  return has_less (folder, LITTLE);
}

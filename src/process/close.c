/* close.c: descriptors that a keeper must not keep.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/close.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cleanup.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif

/* close_range, or the slow way on kernels before 5.9 (5.11 for the flag).  */
static void
close_range_or_each (int from, int to, int on_exec)
{
#ifdef SYS_close_range
  if (to < from
      || syscall (SYS_close_range, (unsigned)from, (unsigned)to,
                  on_exec ? CLOSE_RANGE_CLOEXEC : 0)
             == 0)
    return;
#endif
  AZML_AUTO (DIR) dir = opendir ("/proc/self/fd");
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    {
      int fd = atoi (entry->d_name);
      if (entry->d_name[0] == '.' || fd < from || fd > to || fd == dirfd (dir))
        continue;
      if (on_exec)
        fcntl (fd, F_SETFD, FD_CLOEXEC);
      else
        close (fd);
    }
}

void
azml__close_others (int kept, int also)
{
  int low = kept < also ? kept : also, high = kept < also ? also : kept;
  low = low < 3 ? 2 : low;
  high = high < 3 ? low : high;
  close_range_or_each (3, low - 1, 0);
  close_range_or_each (low + 1, high - 1, 0);
  close_range_or_each (high + 1, 0x7fffffff, 0);
}

void
azml__close_all_but (int kept, int also)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; fd++)
    if (fd != kept && fd != also && fd != null)
      dup2 (null, fd);
  azml__close_others (kept, also);
  if (chdir ("/") < 0)
    return; /* then the folder stays busy, no more */
}

void
azml__close_on_exec (void)
{
  close_range_or_each (3, 0x7fffffff, 1);
}

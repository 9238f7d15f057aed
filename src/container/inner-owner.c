/* inner-owner.c: whose the files are that a container's root has made.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   An option --user=0:0, for an image that wants it, would leave outputs behind that the user
   outside can neither change nor remove.  No right is given that was not there: these files
   are in a folder of that user, and of those that are mounted there none is touched.  */

#include <config.h>

#include "container/inner-owner.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "core/file.h"

#ifdef STATX_MNT_ID

#define DEEPEST 64 /* folders that are open at once */
#define WANTED (STATX_UID | STATX_GID | STATX_TYPE | STATX_MNT_ID)

static int
look (int folder, const char *name, int flags, struct statx *st)
{
  return statx (folder, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, WANTED,
                st) == 0
                 && (st->stx_mask & WANTED) == WANTED
             ? 0
             : -1;
}

/* Give NAME and all below it to the owner of TOP, as far as it is of the same mount.  */
static void
give (const struct statx *top, int folder, const char *name, int depth)
{
  struct statx st;
  if (look (folder, name, 0, &st) < 0 || st.stx_mnt_id != top->stx_mnt_id)
    return;
  if (st.stx_uid != top->stx_uid)
    (void)!fchownat (folder, name, top->stx_uid, top->stx_gid, AT_SYMLINK_NOFOLLOW);
  if (!S_ISDIR (st.stx_mode) || depth == DEEPEST)
    return;
  int fd = openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  AZML_AUTO (DIR) dir = fd < 0 ? NULL : fdopendir (fd);
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      give (top, fd, entry->d_name, depth + 1);
}

/* 1 if users have the same numbers outside.  */
static int
is_same_outside (void)
{
  AZML_AUTO_BUFFER map = AZML__BUFFER_INIT;
  unsigned long inside, outside, count;
  return azml__file_read (AT_FDCWD, "/proc/self/uid_map", 4096, &map, NULL) == 0
         && map.data
         && sscanf (map.data, "%lu %lu %lu", &inside, &outside, &count) == 3
         && inside == 0 && outside == 0 && count == UINT32_MAX;
}

void
azml__inner_give_back (int folder)
{
  static const char *const names[] = { "outputs", "source", "home" };
  struct statx top;
  if (geteuid () != 0 || look (folder, "", AT_EMPTY_PATH, &top) < 0
      || top.stx_uid == 0 || !is_same_outside ())
    return;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    give (&top, folder, names[i], 0);
}

#else

void
azml__inner_give_back (int folder)
{
  (void)folder; /* what is mounted there cannot be told */
}

#endif

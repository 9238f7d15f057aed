/* shelves.c: the folders of an object store, and whether one was touched.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/shelves.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "snapshot/packs.h"

#define PACKS (AZML__SHELVES - 1)

void
azml__shelves_look (azml__shelves *shelves, azml__objects *objects, int64_t racy_ns)
{
  static const char digits[] = "0123456789abcdef";
  int fd = azml__objects_fd (objects);
  int64_t now = azml__clock_utc_ms () * 1000000;
  memset (shelves, 0, sizeof *shelves);
  azml__clock_boot_id (shelves->boot);
  for (int i = 0; fd >= 0 && i < AZML__SHELVES; i++)
    {
      char name[3] = { digits[i >> 4 & 15], digits[i & 15], '\0' };
      struct stat st;
      if (fstatat (fd, i == PACKS ? AZML__PACKS_FOLDER : name, &st,
                   AT_SYMLINK_NOFOLLOW)
          < 0)
        continue;
      int64_t ctime = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
      shelves->shelf[i].inode = (uint64_t)st.st_ino;
      shelves->shelf[i].ctime_ns = now - ctime < racy_ns ? 0 : ctime;
    }
}

/* One that was not there, and is not, holds nothing that was seen: it is in the other.  */
static int
is_same (const azml__shelves *a, const azml__shelves *b, int i)
{
  return a->shelf[i].inode == b->shelf[i].inode
         && a->shelf[i].ctime_ns == b->shelf[i].ctime_ns
         && (a->shelf[i].ctime_ns || !a->shelf[i].inode);
}

int
azml__shelves_same (const azml__shelves *a, const azml__shelves *b,
                    const azml__digest *digest)
{
  return a->boot[0] && strcmp (a->boot, b->boot) == 0
         && (a->shelf[digest->bytes[0]].inode || a->shelf[PACKS].inode)
         && is_same (a, b, digest->bytes[0]) && is_same (a, b, PACKS);
}

void
azml__shelves_encode (const azml__shelves *shelves, azml__buffer *out)
{
  azml__buffer_add (out, shelves->boot, sizeof shelves->boot);
  for (int i = 0; i < AZML__SHELVES; i++)
    {
      azml__buffer_add_u64 (out, shelves->shelf[i].inode);
      azml__buffer_add_u64 (out, (uint64_t)shelves->shelf[i].ctime_ns);
    }
}

void
azml__shelves_decode (azml__shelves *shelves, const char *data)
{
  memcpy (shelves->boot, data, sizeof shelves->boot);
  shelves->boot[sizeof shelves->boot - 1] = '\0';
  data += sizeof shelves->boot;
  for (int i = 0; i < AZML__SHELVES; i++, data += 16)
    {
      shelves->shelf[i].inode = azml__get_u64 (data);
      shelves->shelf[i].ctime_ns = (int64_t)azml__get_u64 (data + 8);
    }
}

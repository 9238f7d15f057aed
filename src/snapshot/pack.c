/* pack.c: a file that holds many small contents.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

#define INDEX_LIMIT ((size_t)1 << 30)
#define WINDOW ((size_t)256 << 10) /* of a pack, to go from head to head */

char *
azml__pack_name (const azml__pack *pack, const char *ending,
                 char name[AZML__PACK_NAME])
{
  snprintf (name, AZML__PACK_NAME, "%.12s.%.6s", pack->id, ending);
  return name;
}

int
azml__pack_is (const char *name, azml__pack *pack)
{
  size_t n = strcspn (name, ".");
  if (n != 12 || strcmp (name + n, ".pack") != 0)
    return 0;
  memset (pack, 0, sizeof *pack);
  memcpy (pack->id, name, n);
  pack->fd = -1;
  return 1;
}

int
azml__pack_open (int folder, azml__pack *pack)
{
  char name[AZML__PACK_NAME], magic[AZML__PACK_MAGIC_SIZE];
  size_t n = 0;
  pack->fd = openat (folder, azml__pack_name (pack, "pack", name),
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (pack->fd < 0)
    return -1;
  pack->end = AZML__PACK_MAGIC_SIZE;
  if (azml__file_pread (pack->fd, magic, sizeof magic, 0, &n, NULL) == 0
      && n == sizeof magic && memcmp (magic, AZML__PACK_MAGIC, sizeof magic) == 0)
    return 0;
  azml__pack_close (pack);
  errno = EINVAL;
  return -1;
}

void
azml__pack_close (azml__pack *pack)
{
  if (pack->fd >= 0)
    close (azml__steal_fd (&pack->fd));
}

void
azml__pack_head (char head[AZML__PACK_HEAD], const azml__digest *digest,
                 uint64_t size)
{
  memcpy (head, digest->bytes, sizeof digest->bytes);
  azml__put_u64 (head + sizeof digest->bytes, size);
}

/* Read HEAD, of a record that begins at AT in a pack of FILE bytes.  Return 0 if it is none,
   or not all of the record is there.  */
static int
read_head (const char *head, uint64_t at, uint64_t file, azml__packed *ret)
{
  uint64_t size = azml__get_u64 (head + sizeof ret->digest.bytes);
  if (size == 0 || size >= AZML__PACKED_LIMIT || at + AZML__PACK_HEAD + size > file)
    return 0;
  memcpy (ret->digest.bytes, head, sizeof ret->digest.bytes);
  ret->size = (uint32_t)size;
  ret->offset = at + AZML__PACK_HEAD;
  return 1;
}

/* Does what the index told last stand in the pack?  Then what it told before does, too:
   each record begins where the one before ends.  */
static int
is_true (const azml__pack *pack, const azml__packed *last)
{
  char head[AZML__PACK_HEAD], found[AZML__PACK_HEAD];
  size_t n = 0;
  azml__pack_head (head, &last->digest, last->size);
  return azml__file_pread (pack->fd, found, sizeof found,
                           (off_t)(last->offset - sizeof found), &n, NULL)
             == 0
         && n == sizeof found && memcmp (head, found, sizeof found) == 0;
}

/* Add what the index tells of a pack of FILE bytes.  One that is not true is not believed;
   the pack knows.  */
static int
learn_index (int folder, azml__pack *pack, uint64_t file, uint32_t number,
             azml__pack_table *table)
{
  AZML_AUTO_BUFFER index = AZML__BUFFER_INIT;
  char name[AZML__PACK_NAME];
  size_t before = table->count;
  uint64_t end = pack->end, heads = 0;
  azml__packed record = { .pack = number };
  if (azml__file_read (folder, azml__pack_name (pack, "index", name), INDEX_LIMIT,
                       &index, NULL)
      < 0)
    return 0;
  for (size_t at = 0; index.length - at >= AZML__PACK_HEAD; at += AZML__PACK_HEAD)
    {
      if (!read_head (index.data + at, end, file, &record))
        break;
      if (azml__pack_table_add (table, &record) < 0)
        return -1;
      end = record.offset + record.size;
      heads++;
    }
  if (heads && is_true (pack, &record))
    {
      pack->end = end;
      pack->records = pack->heads = heads;
    }
  else
    table->count = before;
  return 0;
}

/* Go on from head to head.  What cannot be read is not the end: who adds cuts off what comes
   behind that.  */
static int
learn_rest (azml__pack *pack, uint64_t file, uint32_t number,
            azml__pack_table *table)
{
  AZML_AUTO_FREE char *window = malloc (WINDOW);
  uint64_t start = 0;
  size_t n = 0;
  azml__packed record = { .pack = number };
  if (!window)
    return -1;
  while (pack->end + AZML__PACK_HEAD <= file)
    {
      if (pack->end < start || pack->end + AZML__PACK_HEAD > start + n)
        {
          start = pack->end;
          if (azml__file_pread (pack->fd, window, WINDOW, (off_t)start, &n, NULL)
              < 0)
            return -1;
          if (n < AZML__PACK_HEAD)
            return 0;
        }
      if (!read_head (window + (pack->end - start), pack->end, file, &record))
        return 0;
      if (azml__pack_table_add (table, &record) < 0)
        return -1;
      pack->end = record.offset + record.size;
      pack->records++;
    }
  return 0;
}

void
azml__pack_learn_gone (int folder, azml__pack *pack, uint32_t number,
                       azml__pack_table *table)
{
  AZML_AUTO_BUFFER gone = AZML__BUFFER_INIT;
  char name[AZML__PACK_NAME];
  struct stat st;
  size_t at = 0;
  azml__pack_name (pack, "gone", name);
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode))
    return;
  int64_t changed = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
  if ((pack->gone_inode == (uint64_t)st.st_ino && pack->gone_ns == changed)
      || azml__file_read (folder, name, INDEX_LIMIT, &gone, NULL) < 0)
    return;
  pack->gone_inode = (uint64_t)st.st_ino;
  pack->gone_ns = changed;
  if (gone.length >= 8)
    pack->gone_last = azml__get_u64 (gone.data + (gone.length / 8 - 1) * 8);
  /* Both are in the order of the pack.  */
  for (size_t i = 0; i < table->count; i++)
    {
      azml__packed *record = &table->records[i];
      if (record->pack != number)
        continue;
      while (gone.length - at >= 8
             && azml__get_u64 (gone.data + at) < record->offset)
        at += 8;
      if (gone.length - at < 8)
        break;
      if (azml__get_u64 (gone.data + at) == record->offset)
        record->gone = 1;
    }
}

int
azml__pack_is_unlinked (const azml__pack *pack)
{
  struct stat st;
  return fstat (pack->fd, &st) == 0 && st.st_nlink == 0;
}

int
azml__pack_learn (int folder, azml__pack *pack, uint32_t number,
                  azml__pack_table *table)
{
  struct stat st;
  int is_new = pack->end == AZML__PACK_MAGIC_SIZE;
  if (fstat (pack->fd, &st) < 0)
    return -1;
  if ((uint64_t)st.st_size <= pack->end)
    return 0;
  uint64_t file = (uint64_t)st.st_size;
  int rc = is_new ? learn_index (folder, pack, file, number, table) : 0;
  if (rc == 0)
    rc = learn_rest (pack, file, number, table);
  if (rc == 0 && is_new)
    azml__pack_learn_gone (folder, pack, number, table);
  return rc;
}

/* object-part.c: an object that came in part, and goes on when it is sent again.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What came of the object D is in .part-D, and in .part-D.at how far, with the state of
   the digest there: so nothing is read again, and the digest at the end is that of all.
   A process that has not heard yet that its client is gone may write there, too: the same
   bytes at the same places.  */

#include <config.h>

#include "snapshot/object-part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/file.h"

#define PREFIX ".part-"
#define NOTE_EVERY ((uint64_t)16 << 20)
#define WORTH ((uint64_t)1 << 20) /* less is sent again */

/* The content of .part-D.at, for this machine only.  It is not flushed to the disk, so it
   counts until the next boot.  */
typedef struct note
{
  char magic[8];
  char boot[40];
  uint64_t size;
  azml__sha256 hash;
  azml__digest check; /* of what is above */
} note;

static const char magic[] = "azmlpart";

static void
part_name (const azml__digest *digest, char name[AZML__PART_NAME])
{
  char hex[AZML__DIGEST_HEX_SIZE];
  snprintf (name, AZML__PART_NAME, PREFIX "%s", azml__digest_hex (digest, hex));
}

static void
note_name (const char *part, char name[AZML__PART_NAME])
{
  snprintf (name, AZML__PART_NAME, "%.70s.at", part);
}

static int
open_note (int folder, const char *part, int flags)
{
  char name[AZML__PART_NAME];
  note_name (part, name);
  return openat (folder, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Return 0 if there is no note on PART that counts.  */
static int
read_note (int folder, const char *part, note *ret)
{
  char boot[sizeof ret->boot] = "";
  azml__digest check;
  struct stat st;
  size_t n = 0;
  AZML_AUTO_CLOSE int fd = open_note (folder, part, O_RDONLY);
  if (fd < 0 || azml__file_pread (fd, ret, sizeof *ret, 0, &n, NULL) < 0
      || n != sizeof *ret)
    return 0;
  azml__clock_boot_id (boot);
  azml__sha256_bytes (ret, offsetof (note, check), &check);
  return memcmp (ret->magic, magic, sizeof ret->magic) == 0
         && strcmp (ret->boot, boot) == 0
         && memcmp (&check, &ret->check, sizeof check) == 0
         && fstatat (folder, part, &st, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISREG (st.st_mode) && (uint64_t)st.st_size >= ret->size;
}

/* A note that tells more stays: another process wrote it.  */
static void
write_note (azml__object_writer *writer)
{
  note before, now;
  if (read_note (writer->place, writer->name, &before)
      && before.size >= writer->size)
    return;
  memset (&now, 0, sizeof now);
  memcpy (now.magic, magic, sizeof now.magic);
  azml__clock_boot_id (now.boot);
  now.size = writer->size;
  now.hash = writer->hash;
  azml__sha256_bytes (&now, offsetof (note, check), &now.check);
  AZML_AUTO_CLOSE int fd =
      open_note (writer->place, writer->name, O_WRONLY | O_CREAT);
  if (fd >= 0)
    (void)!pwrite (fd, &now, sizeof now, 0);
}

void
azml__object_part_advance (azml__object_writer *writer)
{
  if (writer->size - writer->noted < NOTE_EVERY)
    return;
  writer->noted = writer->size;
  write_note (writer);
}

static void
remove_note (const azml__object_writer *writer)
{
  char name[AZML__PART_NAME];
  note_name (writer->name, name);
  unlinkat (writer->place, name, 0);
}

void
azml__object_part_keep (azml__object_writer *writer)
{
  if (!writer->part || !writer->name[0])
    return;
  if (writer->bad || writer->size < WORTH)
    remove_note (writer);
  else
    {
      write_note (writer);
      writer->name[0] = '\0';
    }
}

int
azml__object_part_end (azml__object_writer *writer, azml_error **err)
{
  if (!writer->part)
    return 0;
  writer->part = 0;
  remove_note (writer);
  if (ftruncate (writer->fd, (off_t)writer->size) < 0
      || fchmod (writer->fd, 0400) < 0)
    return azml__error_os (err, errno, "add an object");
  return 0;
}

int
azml__object_part_begin (azml__object_writer *writer, const azml__digest *digest,
                         uint64_t size, uint64_t offset, azml_error **err)
{
  note known;
  part_name (digest, writer->name);
  if (read_note (writer->place, writer->name, &known) && known.size <= size)
    {
      writer->size = writer->noted = known.size;
      writer->hash = known.hash;
    }
  if (writer->size < offset)
    {
      writer->name[0] = '\0';
      return azml__error (err, AZML_E_NOT_FOUND,
                          "the part of an object that was sent before is gone");
    }
  writer->skip = writer->size - offset;
  writer->fd = openat (writer->place, writer->name,
                       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (writer->fd < 0 || lseek (writer->fd, (off_t)writer->size, SEEK_SET) < 0)
    {
      writer->name[0] = '\0';
      return azml__error_os (err, errno, "add an object");
    }
  writer->part = 1;
  return 0;
}

uint64_t
azml__object_part_size (azml__objects *objects, const azml__digest *digest)
{
  note known;
  char name[AZML__PART_NAME];
  int folder = azml__objects_fd (objects);
  part_name (digest, name);
  return folder >= 0 && read_note (folder, name, &known) ? known.size : 0;
}

void
azml__object_part_rename (azml__objects *objects, const azml__digest *from,
                          const azml__digest *to)
{
  note old, known;
  char name[2][AZML__PART_NAME], at[2][AZML__PART_NAME];
  int folder = azml__objects_fd (objects);
  part_name (from, name[0]);
  part_name (to, name[1]);
  note_name (name[0], at[0]);
  note_name (name[1], at[1]);
  if (folder < 0 || !read_note (folder, name[0], &old))
    return;
  if (memcmp (from, to, sizeof *from) == 0 || azml__objects_has (objects, to)
      || (read_note (folder, name[1], &known) && known.size >= old.size))
    {
      unlinkat (folder, name[0], 0);
      unlinkat (folder, at[0], 0);
      return;
    }
  /* A note that does not belong to its part must never be seen.  */
  unlinkat (folder, at[1], 0);
  if (renameat (folder, name[0], folder, name[1]) == 0)
    (void)renameat (folder, at[0], folder, at[1]);
}

int
azml__objects_parts (azml__objects *objects, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) parts = json_object ();
  int folder = azml__objects_fd (objects);
  AZML_AUTO (DIR) dir = azml__folder_entries (folder, ".");
  struct dirent *entry;
  int bad = !parts;
  while (!bad && dir && (entry = readdir (dir)))
    {
      azml__digest digest;
      note known;
      const char *hex = entry->d_name + sizeof PREFIX - 1;
      if (strncmp (entry->d_name, PREFIX, sizeof PREFIX - 1) == 0
          && azml__digest_parse (hex, &digest) == 0
          && read_note (folder, entry->d_name, &known))
        bad =
            json_object_set_new (parts, hex, json_integer ((json_int_t)known.size));
    }
  if (bad)
    return azml__error_no_memory (err);
  *ret = azml_steal (&parts);
  return 0;
}

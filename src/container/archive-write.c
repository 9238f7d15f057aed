/* archive-write.c: an archive for `docker cp`.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The program tar is not on every machine, and cannot do what is wanted in one pass: other
   names, another owner.  The engine makes the folders above a member that are missing; they
   are not written, so that those which the image has stay as they are.  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/archive.h"
#include "core/file.h"
#include "core/path.h"

#define NUMBER_LIMIT ((int64_t)1 << 33) /* what eleven digits hold */

unsigned
azml__archive_sum (const azml__archive_header *header)
{
  const unsigned char *bytes = (const unsigned char *)header;
  size_t first = offsetof (azml__archive_header, checksum);
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof *header; i++)
    sum += i >= first && i < first + sizeof header->checksum ? ' ' : bytes[i];
  return sum;
}

typedef struct member
{
  const char *name;
  const char *link; /* or "" */
  char type;
  mode_t mode;
  int64_t size;
  int64_t mtime;
} member;

/* A line of extended headers, which begins with its own length.  */
static void
add_record (azml__buffer *text, const char *key, const char *value)
{
  char digits[24];
  size_t rest = strlen (key) + strlen (value) + 3, length = rest + 1;
  while (length != rest + (size_t)snprintf (digits, sizeof digits, "%zu", length))
    length = rest + strlen (digits);
  azml__buffer_add_format (text, "%zu %s=%s\n", length, key, value);
}

static int
pad (const azml__archive *archive, int64_t size, azml_error **err)
{
  static const char zeros[AZML__ARCHIVE_BLOCK];
  size_t over = (size_t)(size % AZML__ARCHIVE_BLOCK);
  return over ? azml__file_write (archive->fd, zeros, AZML__ARCHIVE_BLOCK - over,
                                  err)
              : 0;
}

static int
put_header (const azml__archive *archive, const member *m, azml_error **err)
{
  azml__archive_header header = { .type = m->type, .magic = "ustar" };
  char sum[8];
  memcpy (header.magic + 6, "00", 2);
  memcpy (header.name, m->name, strnlen (m->name, sizeof header.name));
  memcpy (header.link, m->link, strnlen (m->link, sizeof header.link));
  snprintf (header.mode, sizeof header.mode, "%07o", (unsigned)m->mode & 07777);
  snprintf (header.uid, sizeof header.uid, "%07o", archive->uid & 07777777);
  snprintf (header.gid, sizeof header.gid, "%07o", archive->gid & 07777777);
  snprintf (header.size, sizeof header.size, "%011llo",
            (unsigned long long)(m->size & (NUMBER_LIMIT - 1)));
  snprintf (header.mtime, sizeof header.mtime, "%011llo",
            (unsigned long long)(m->mtime & (NUMBER_LIMIT - 1)));
  snprintf (sum, sizeof sum, "%06o", azml__archive_sum (&header));
  memcpy (header.checksum, sum, 7);
  header.checksum[7] = ' ';
  return azml__file_write (archive->fd, &header, sizeof header, err);
}

/* What does not fit into the header stands in a member in front.  */
static int
put_extended (const azml__archive *archive, const member *m, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char number[24];
  if (strlen (m->name) > sizeof ((azml__archive_header *)0)->name)
    add_record (&text, "path", m->name);
  if (strlen (m->link) > sizeof ((azml__archive_header *)0)->link)
    add_record (&text, "linkpath", m->link);
  if (m->size >= NUMBER_LIMIT)
    {
      snprintf (number, sizeof number, "%lld", (long long)m->size);
      add_record (&text, "size", number);
    }
  if (archive->uid > 07777777)
    {
      snprintf (number, sizeof number, "%lu", (unsigned long)archive->uid);
      add_record (&text, "uid", number);
    }
  if (archive->gid > 07777777)
    {
      snprintf (number, sizeof number, "%lu", (unsigned long)archive->gid);
      add_record (&text, "gid", number);
    }
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  if (!text.length)
    return 0;
  member extended = { "extended", "", 'x', 0600, (int64_t)text.length, 0 };
  int rc = put_header (archive, &extended, err);
  if (rc == 0)
    rc = azml__file_write (archive->fd, text.data, text.length, err);
  return rc < 0 ? rc : pad (archive, extended.size, err);
}

static int
put (const azml__archive *archive, const member *m, azml_error **err)
{
  int rc = put_extended (archive, m, err);
  return rc < 0 ? rc : put_header (archive, m, err);
}

/* A file that shrinks meanwhile is filled up: its size was already told.  */
static int
put_file (const azml__archive *archive, int fd, member *m, azml_error **err)
{
  char block[65536];
  int64_t left = m->size;
  int rc = put (archive, m, err);
  for (int ended = 0; rc == 0 && left > 0;)
    {
      size_t want = left < (int64_t)sizeof block ? (size_t)left : sizeof block;
      ssize_t n = ended ? 0 : read (fd, block, want);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return azml__error_os (err, errno, "read '%s'", m->name);
      if (n == 0)
        {
          ended = 1;
          memset (block, 0, want);
          n = (ssize_t)want;
        }
      rc = azml__file_write (archive->fd, block, (size_t)n, err);
      left -= n;
    }
  return rc < 0 ? rc : pad (archive, m->size, err);
}

static int put_entry (const azml__archive *archive, int folder, const char *entry,
                      const char *to, azml_error **err);

static int
put_folder (const azml__archive *archive, int fd, const member *m, azml_error **err)
{
  struct dirent *entry;
  AZML_AUTO_FREE char *name = azml__path_format ("%s/", m->name);
  AZML_AUTO (DIR) dir = fdopendir (fd);
  if (!dir)
    {
      close (fd);
      return azml__error_no_memory (err);
    }
  if (!name)
    return azml__error_no_memory (err);
  member named = *m;
  named.name = name;
  int rc = put (archive, &named, err);
  while (rc == 0 && (errno = 0, entry = readdir (dir)))
    {
      if (!strcmp (entry->d_name, ".") || !strcmp (entry->d_name, ".."))
        continue;
      AZML_AUTO_FREE char *to = azml__path_join (m->name, entry->d_name);
      rc = to ? put_entry (archive, dirfd (dir), entry->d_name, to, err)
              : azml__error_no_memory (err);
    }
  return rc == 0 && errno
             ? azml__error_os (err, errno, "read the folder '%s'", m->name)
             : rc;
}

static int
put_link (const azml__archive *archive, int folder, const char *entry, member *m,
          azml_error **err)
{
  char target[4097];
  ssize_t n = readlinkat (folder, entry, target, sizeof target - 1);
  if (n < 0)
    return azml__error_os (err, errno, "read the link '%s'", m->name);
  target[n] = '\0';
  m->type = '2';
  m->link = target;
  m->size = 0;
  return put (archive, m, err);
}

static int
put_entry (const azml__archive *archive, int folder, const char *entry,
           const char *to, azml_error **err)
{
  struct stat st;
  if (fstatat (folder, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 0 : azml__error_os (err, errno, "look at '%s'", to);
  member m = { to, "", '0', st.st_mode, 0, (int64_t)st.st_mtime };
  if (archive->newest && m.mtime > archive->newest)
    m.mtime = archive->newest;
  if (archive->open)
    m.mode |= st.st_mode & 0111 ? 0555 : 0444;
  if (S_ISLNK (st.st_mode))
    return put_link (archive, folder, entry, &m, err);
  if (!S_ISREG (st.st_mode) && !S_ISDIR (st.st_mode))
    return 0;
  int fd = openat (folder, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return errno == ENOENT ? 0 : azml__error_os (err, errno, "open '%s'", to);
  if (S_ISDIR (st.st_mode))
    {
      m.type = '5';
      return put_folder (archive, fd, &m, err); /* closes it */
    }
  m.size = st.st_size;
  int rc = put_file (archive, fd, &m, err);
  close (fd);
  return rc;
}

int
azml__archive_add (const azml__archive *archive, const char *from, const char *to,
                   azml_error **err)
{
  return put_entry (archive, AT_FDCWD, from, to, err);
}

int
azml__archive_add_folder (const azml__archive *archive, const char *to,
                          azml_error **err)
{
  AZML_AUTO_FREE char *name = azml__path_format ("%s/", to);
  member m = { name, "", '5', 0700, 0, archive->newest };
  return name ? put (archive, &m, err) : azml__error_no_memory (err);
}

int
azml__archive_end (const azml__archive *archive, azml_error **err)
{
  static const char zeros[2 * AZML__ARCHIVE_BLOCK];
  return azml__file_write (archive->fd, zeros, sizeof zeros, err);
}

void
azml__archive_spoil (const azml__archive *archive)
{
  char wrong[2 * AZML__ARCHIVE_BLOCK];
  memset (wrong, 0xff, sizeof wrong);
  azml__file_write (archive->fd, wrong, sizeof wrong, NULL);
}

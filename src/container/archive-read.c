/* archive-read.c: taking apart what `docker cp` gives.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The names in it were chosen by whatever ran in the container.  Each part of one is
   entered by itself and never through a link, so that nothing is written elsewhere.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/archive.h"
#include "core/file.h"
#include "core/path.h"

#define PATIENCE_MS 120000
#define EXTENDED_LIMIT ((int64_t)1 << 20)

typedef struct reader
{
  int fd;
  const azml__archive_target *target;
  /* What the next header is said to have.  */
  char *path;
  char *link;
  int64_t size; /* -1: nothing was said */
} reader;

static int
cut (azml_error **err)
{
  return azml__error (err, AZML_E_FORMAT, "what the engine gives is cut off");
}

/* Read N bytes.  1; 0: this is the end.  */
static int
get (const reader *self, void *data, size_t n, azml_error **err)
{
  for (size_t got = 0; got < n;)
    {
      struct pollfd one = { .fd = self->fd, .events = POLLIN };
      int ready = poll (&one, 1, PATIENCE_MS);
      if (ready == 0)
        return azml__error (err, AZML_E_TIMEOUT, "the engine gives nothing more");
      ssize_t more = read (self->fd, (char *)data + got, n - got);
      if (more < 0 && errno != EINTR)
        return azml__error_os (err, errno, "read what the engine gives");
      if (more == 0)
        return got ? cut (err) : 0;
      if (more > 0)
        got += (size_t)more;
    }
  return 1;
}

/* Read a member's SIZE bytes and what fills the block up; to FD unless that is -1.  What
   cannot be written is read all the same.  */
static int
pass (const reader *self, int64_t size, int fd, azml_error **err)
{
  char block[65536];
  AZML_AUTO (azml_error) failure = NULL;
  int64_t left =
      (size + AZML__ARCHIVE_BLOCK - 1) / AZML__ARCHIVE_BLOCK * AZML__ARCHIVE_BLOCK;
  int code = 0;
  while (left > 0)
    {
      size_t n = left < (int64_t)sizeof block ? (size_t)left : sizeof block;
      int rc = get (self, block, n, err);
      if (rc <= 0)
        return rc < 0 ? rc : cut (err);
      size_t useful = size < (int64_t)n ? (size_t)size : n;
      if (fd >= 0 && code == 0)
        code = azml__file_write (fd, block, useful, &failure);
      size -= (int64_t)useful;
      left -= (int64_t)n;
    }
  if (code < 0 && err)
    *err = azml_steal (&failure);
  return code;
}

/* A field of octal digits, or, where they did not suffice, of bytes.  -1: neither.  */
static int64_t
number (const char *field, size_t n)
{
  uint64_t value = 0;
  if ((unsigned char)*field == 0x80)
    {
      for (size_t i = 1; i < n; i++)
        {
          if (value >> 54)
            return -1;
          value = value << 8 | (unsigned char)field[i];
        }
      return (int64_t)value;
    }
  size_t i = 0;
  while (i < n && field[i] == ' ')
    i++;
  for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
    value = value << 3 | (uint64_t)(field[i] - '0');
  return i < n && field[i] && field[i] != ' ' ? -1 : (int64_t)value;
}

/* Lines "LENGTH KEY=VALUE\n".  */
static int
read_records (reader *self, char *text, size_t n, azml_error **err)
{
  for (char *p = text, *end = text + n; p < end && *p;)
    {
      char *key;
      unsigned long length = strtoul (p, &key, 10);
      char *value =
          length > 0 && length <= (size_t)(end - p) ? p + length - 1 : NULL;
      if (!value || *value != '\n' || *key != ' ')
        return azml__error (err, AZML_E_FORMAT, "a header of an archive is wrong");
      *value = '\0';
      p += length;
      value = strchr (++key, '=');
      if (!value)
        continue;
      *value++ = '\0';
      char **place = strcmp (key, "path") == 0       ? &self->path
                     : strcmp (key, "linkpath") == 0 ? &self->link
                                                     : NULL;
      if (place)
        {
          free (*place);
          *place = strdup (value);
        }
      else if (strcmp (key, "size") == 0)
        self->size = strtoll (value, NULL, 10);
    }
  return 0;
}

/* A member that is about the next one: TYPE x, or L and K, as GNU tar writes them.  */
static int
read_extended (reader *self, char type, int64_t size, azml_error **err)
{
  size_t whole = (size_t)(size + AZML__ARCHIVE_BLOCK - 1) / AZML__ARCHIVE_BLOCK
                 * AZML__ARCHIVE_BLOCK;
  if (size > EXTENDED_LIMIT)
    return azml__error (err, AZML_E_TOO_LARGE,
                        "a header of an archive is too long");
  char *text = malloc (whole + 1);
  int rc = text ? get (self, text, whole, err) : azml__error_no_memory (err);
  if (rc == 0)
    rc = cut (err);
  if (rc > 0)
    {
      text[size] = '\0';
      rc = 0;
      if (type == 'x')
        rc = read_records (self, text, (size_t)size, err);
      else
        {
          char **place = type == 'L' ? &self->path : &self->link;
          free (*place);
          *place = azml_steal (&text);
        }
    }
  free (text);
  return rc;
}

/* Open the folder that NAME is in, below the target; make what is missing.  *RET_BASE is
   the last part of NAME.  */
static int
enter (const reader *self, char *name, char **ret_base, azml_error **err)
{
  int folder = fcntl (self->target->folder, F_DUPFD_CLOEXEC, 3);
  char *slash;
  while (folder >= 0 && (slash = strchr (name, '/')))
    {
      *slash = '\0';
      mkdirat (folder, name, 0777);
      int next =
          openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      int errnum = errno;
      close (folder);
      errno = errnum;
      folder = next;
      name = slash + 1;
    }
  *ret_base = name;
  return folder < 0 ? azml__error_os (err, errno, "enter the folder of '%s'", name)
                    : folder;
}

typedef struct member
{
  const azml__archive_header *header;
  const char *link;
  int64_t size;
  int64_t mtime;
  mode_t mode;
  azml__archive_choice choice;
} member;

static int
take_file (const reader *self, const member *m, int folder, const char *base,
           azml_error **err)
{
  int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  int append = m->choice == AZML__ARCHIVE_APPEND;
  if (!append)
    unlinkat (folder, base, 0); /* it may be a link to what others have, too */
  AZML_AUTO_CLOSE int fd =
      openat (folder, base, flags | (append ? O_APPEND : O_EXCL),
              append ? 0600 : m->mode & 0777);
  if (fd < 0)
    {
      int code = azml__error_os (err, errno, "write '%s'", base);
      return pass (self, m->size, -1, NULL) < 0 ? cut (NULL) : code;
    }
  int rc = pass (self, m->size, fd, err);
  if (!append)
    fchmod (fd, m->mode & 0777); /* whatever our umask is */
  /* What was changed in the source is to be seen as such, to the nanosecond.  */
  const struct timespec times[2] = { { 0, UTIME_OMIT }, { m->mtime, 0 } };
  if (rc == 0 && m->choice == AZML__ARCHIVE_TAKE)
    futimens (fd, times);
  return rc;
}

static int
take_link (const member *m, int folder, const char *base, azml_error **err)
{
  char there[4097];
  ssize_t n = readlinkat (folder, base, there, sizeof there - 1);
  if (n > 0 && (size_t)n == strlen (m->link) && !memcmp (there, m->link, (size_t)n))
    return 0;
  unlinkat (folder, base, 0);
  return symlinkat (m->link, folder, base) < 0
             ? azml__error_os (err, errno, "make the link '%s'", base)
             : 0;
}

/* Another name for a member that came before: MADE is the archive's name for it.  */
static int
take_name (const reader *self, const member *m, int folder, const char *base,
           azml_error **err)
{
  const char *slash = strchr (m->link, '/');
  AZML_AUTO_FREE char *made = slash ? strdup (slash + 1) : NULL;
  char *last;
  if (!made || !azml__path_is_inside (made)
      || self->target->choose (made) == AZML__ARCHIVE_SKIP)
    return 0;
  AZML_AUTO_CLOSE int other = enter (self, made, &last, err);
  if (other < 0)
    return other;
  unlinkat (folder, base, 0);
  return linkat (other, last, folder, base, 0) < 0
             ? azml__error_os (err, errno, "make '%s'", base)
             : 0;
}

/* 1 if what is there is as good as the member.  */
static int
is_there (const reader *self, const member *m, int folder, const char *base)
{
  struct stat st;
  return m->choice == AZML__ARCHIVE_CHANGED && m->mtime < self->target->since
         && fstatat (folder, base, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* NAME is that of the member, without its first part and without a slash at the end.  */
static int
take_member (const reader *self, member *m, char *name, azml_error **err)
{
  char *base;
  char type = m->header->type;
  int rc = 0, has_bytes = !type || type == '0' || type == '7';
  m->choice = *name && azml__path_is_inside (name) ? self->target->choose (name)
                                                   : AZML__ARCHIVE_SKIP;
  AZML_AUTO_CLOSE int folder =
      m->choice == AZML__ARCHIVE_SKIP ? -1 : enter (self, name, &base, err);
  if (folder < 0 || is_there (self, m, folder, base))
    {
      int code = folder < 0 && m->choice != AZML__ARCHIVE_SKIP ? folder : 0;
      rc = pass (self, has_bytes ? m->size : 0, -1, code ? NULL : err);
      return rc < 0 ? rc : code;
    }
  if (has_bytes)
    return take_file (self, m, folder, base, err);
  if (type == '5')
    {
      if (mkdirat (folder, base, 0700) == 0)
        fchmodat (folder, base, (m->mode & 0777) | 0700, 0);
    }
  else if (type == '2')
    rc = take_link (m, folder, base, err);
  else if (type == '1')
    rc = take_name (self, m, folder, base, err);
  return rc;
}

static int
take_next (reader *self, const azml__archive_header *header, azml_error **err)
{
  char name[sizeof header->prefix + sizeof header->name + 2] = "";
  char link[sizeof header->link + 1] = "";
  int prefixed = memcmp (header->magic, "ustar\0", 6) == 0 && *header->prefix;
  int64_t size =
      self->size >= 0 ? self->size : number (header->size, sizeof header->size);
  member m = { .header = header,
               .size = size,
               .mtime = number (header->mtime, sizeof header->mtime),
               .mode = (mode_t)number (header->mode, sizeof header->mode) };
  if (size < 0)
    return azml__error (err, AZML_E_FORMAT, "a header of an archive is wrong");
  if (strchr ("xLK", header->type) && header->type)
    return read_extended (self, header->type, size, err);
  if (header->type == 'g')
    return pass (self, size, -1, err);
  /* None of the fields need have an end.  */
  snprintf (name, sizeof name, "%.*s%s%.*s",
            prefixed ? (int)sizeof header->prefix : 0, header->prefix,
            prefixed ? "/" : "", (int)sizeof header->name, header->name);
  snprintf (link, sizeof link, "%.*s", (int)sizeof header->link, header->link);
  m.link = self->link ? self->link : link;
  char *whole = self->path ? self->path : name;
  size_t n = strlen (whole);
  while (n && whole[n - 1] == '/')
    whole[--n] = '\0';
  char *rest = strchr (whole, '/');
  int rc = take_member (self, &m, rest ? rest + 1 : whole + n, err);
  free (azml_steal (&self->path));
  free (azml_steal (&self->link));
  self->size = -1;
  return rc;
}

int
azml__archive_take (int fd, const azml__archive_target *target, azml_error **err)
{
  reader self = { .fd = fd, .target = target, .size = -1 };
  AZML_AUTO (azml_error) first = NULL;
  azml__archive_header header;
  int rc = 0, code = 0;
  for (;;)
    {
      AZML_AUTO (azml_error) failure = NULL;
      rc = get (&self, &header, sizeof header, &failure);
      if (rc > 0 && !header.name[0] && !header.checksum[0])
        continue; /* blocks of zeros, at the end */
      if (rc > 0
          && number (header.checksum, 7) != (int64_t)azml__archive_sum (&header))
        rc = azml__error (&failure, AZML_E_FORMAT,
                          "what the engine gives is no archive");
      if (rc > 0)
        {
          rc = take_next (&self, &header, &failure);
          /* One file that cannot be written must not cost the others.  */
          if (rc < 0 && rc != AZML_E_FORMAT && rc != AZML_E_TIMEOUT
              && rc != AZML_E_TOO_LARGE)
            rc = 1;
          else if (rc == 0)
            rc = 1;
        }
      if (failure && !first)
        {
          code = azml_error_code (failure);
          first = azml_steal (&failure);
        }
      if (rc <= 0)
        break;
    }
  free (self.path);
  free (self.link);
  if (code < 0 && err)
    *err = azml_steal (&first);
  return code;
}

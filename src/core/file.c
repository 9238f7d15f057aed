/* file.c: reading and writing whole files, folders, locks.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "core/path.h"
#include "core/random.h"

int
azml__file_read (int folder, const char *name, size_t limit, azml__buffer *buffer,
                 azml_error **err)
{
  AZML_AUTO_CLOSE int fd = openat (folder, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "open '%s'", name);
  struct stat st;
  size_t chunk = 65536;
  if (fstat (fd, &st) == 0 && st.st_size > 0 && (uintmax_t)st.st_size < chunk)
    chunk = (size_t)st.st_size + 1; /* one read, and one that sees the end */
  for (size_t total = 0;;)
    {
      char *room = azml__buffer_room (buffer, chunk);
      if (!room)
        return azml__error_no_memory (err);
      ssize_t n = read (fd, room, chunk);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return azml__error_os (err, errno, "read '%s'", name);
      buffer->length += (size_t)n;
      room[n] = '\0';
      total += (size_t)n;
      if (total > limit)
        return azml__error (err, AZML_E_TOO_LARGE, "'%s' has more than %zu bytes",
                            name, limit);
      if (n == 0)
        return 0;
    }
}

int
azml__file_pread (int fd, void *data, size_t n, off_t offset, size_t *ret,
                  azml_error **err)
{
  size_t done = 0;
  while (done < n)
    {
      ssize_t got = pread (fd, (char *)data + done, n - done, offset + (off_t)done);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return azml__error_os (err, errno, "read");
      if (got == 0)
        break;
      done += (size_t)got;
    }
  *ret = done;
  return 0;
}

int
azml__file_write (int fd, const void *data, size_t n, azml_error **err)
{
  const char *p = data;
  while (n)
    {
      ssize_t done = write (fd, p, n);
      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        return azml__error_os (err, errno, "write");
      p += done;
      n -= (size_t)done;
    }
  return 0;
}

static int
write_temporary (int folder, const char *temporary, const void *data, size_t n,
                 mode_t mode, int sync, azml_error **err)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return azml__error_os (err, errno, "create '%s'", temporary);
  int rc = azml__file_write (fd, data, n, err);
  if (rc == 0 && sync && fsync (fd) < 0)
    rc = azml__error_os (err, errno, "fsync '%s'", temporary);
  return rc;
}

static int
sync_folder_of (int folder, const char *name, azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_folder (name);
  if (!path)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int fd =
      openat (folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync (fd) < 0)
    return azml__error_os (err, errno, "fsync '%s'", path);
  return 0;
}

int
azml__file_replace (int folder, const char *name, const void *data, size_t n,
                    mode_t mode, int sync, azml_error **err)
{
  char id[AZML__RANDOM_ID_SIZE];
  int rc = azml__random_id (id, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *temporary = azml__path_format ("%s.%s.tmp", name, id);
  if (!temporary)
    return azml__error_no_memory (err);
  rc = write_temporary (folder, temporary, data, n, mode, sync, err);
  if (rc == 0 && renameat (folder, temporary, folder, name) < 0)
    rc = azml__error_os (err, errno, "rename to '%s'", name);
  if (rc < 0)
    {
      unlinkat (folder, temporary, 0);
      return rc;
    }
  return sync ? sync_folder_of (folder, name, err) : 0;
}

/* What to do where a folder takes nothing, NULL if ERRNUM does not tell.  */
static const char *
refusal_hint (int errnum)
{
  switch (errnum)
    {
    case EACCES:
    case EPERM:
      return "you may not write there (ls -ld shows who may): change that, or work "
             "in "
             "a copy of your own";
    case EROFS:
      return "this disk is mounted read-only: work in a copy on another one";
    case ENOSPC:
    case EDQUOT:
      return "make room on that disk, or in your quota";
    default:
      return NULL;
    }
}

static int
refused (azml_error **err, int errnum, const char *path)
{
  const char *hint = refusal_hint (errnum);
  int rc = azml__error_os (err, errnum, "nothing can be made in '%s'", path);
  if (hint)
    azml__error_hint (err, "%s", hint);
  return rc;
}

int
azml__folder_refused (azml_error **err, int errnum, int folder)
{
  char link[40], path[PATH_MAX];
  snprintf (link, sizeof link, "/proc/self/fd/%d", folder);
  ssize_t n = readlink (link, path, sizeof path - 1);
  if (n < 0)
    return azml__error_os (err, errnum, "make a file");
  path[n] = '\0';
  return refused (err, errnum, path);
}

int
azml__folder_make (const char *path, mode_t mode, azml_error **err)
{
  struct stat st;
  if (mkdir (path, mode) == 0)
    return 0;
  if (errno == EEXIST)
    {
      if (stat (path, &st) == 0 && S_ISDIR (st.st_mode))
        return 0;
      return azml__error (err, AZML_E_EXISTS, "'%s' is in the way: not a folder",
                          path);
    }
  int errnum = errno;
  AZML_AUTO_FREE char *above = azml__path_folder (path);
  if (!above)
    return azml__error_no_memory (err);
  if (refusal_hint (errnum) && *path)
    return refused (err, errnum, above);
  if (errnum != ENOENT || !*path)
    return azml__error_os (err, errnum, "make the folder '%s'", path);
  if (strcmp (above, path) == 0 || strcmp (above, ".") == 0)
    return azml__error_os (err, ENOENT, "make the folder '%s'", path);
  int rc = azml__folder_make (above, mode, err);
  if (rc < 0)
    return rc;
  if (mkdir (path, mode) < 0 && errno != EEXIST)
    return azml__error_os (err, errno, "make the folder '%s'", path);
  return 0;
}

int
azml__folder_open (const char *path, int *ret_fd, azml_error **err)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "open the folder '%s'", path);
  *ret_fd = fd;
  return 0;
}

DIR *
azml__folder_entries (int folder, const char *name)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir)
    azml__steal_fd (&fd);
  return dir;
}

int
azml__folder_sync (const char *path, azml_error **err)
{
  AZML_AUTO_CLOSE int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync (fd) < 0)
    return azml__error_os (err, errno, "fsync '%s'", path);
  return 0;
}

#define DEEPEST 32 /* folders that are open at once while a tree is removed */

/* A tree that is being removed.  What is deeper than DEEPEST is moved up to its top and
   removed from there, so that no tree is too deep for our descriptors.  */
typedef struct removal
{
  int top;
  int moved; /* something is at the top that may not have been seen */
} removal;

static int
move_up (removal *r, int folder, const char *name, azml_error **err)
{
  char id[AZML__RANDOM_ID_SIZE];
  char unique[AZML__RANDOM_ID_SIZE + 8];
  int rc = azml__random_id (id, err);
  if (rc < 0)
    return rc;
  snprintf (unique, sizeof unique, ".gone-%s", id);
  if (renameat (folder, name, r->top, unique) < 0
      && (errno != EACCES || fchmodat (folder, name, 0700, 0) < 0
          || renameat (folder, name, r->top, unique) < 0))
    return azml__error_os (err, errno, "remove '%s'", name);
  r->moved = 1;
  return 0;
}

static int remove_below (removal *r, int folder, const char *name, int depth,
                         azml_error **err);

/* Remove what is in the folder FD (taken).  */
static int
remove_content (removal *r, int fd, int depth, azml_error **err)
{
  AZML_AUTO (DIR) dir = fdopendir (fd);
  if (!dir)
    {
      close (fd);
      return azml__error_no_memory (err);
    }
  struct dirent *entry;
  while ((entry = readdir (dir)))
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      int rc = remove_below (r, dirfd (dir), entry->d_name, depth, err);
      if (rc < 0)
        return rc;
    }
  return 0;
}

/* Open the folder NAME to empty it; store the descriptor in *RET_FD.  */
static int
open_to_empty (int folder, const char *name, int *ret_fd, azml_error **err)
{
  int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (folder, name, flags);
  if (fd < 0 && errno == EACCES && fchmodat (folder, name, 0700, 0) == 0)
    fd = openat (folder, name, flags);
  if (fd < 0)
    return azml__error_os (err, errno, "remove '%s'", name);
  fchmod (fd, 0700); /* a job may have made its folder read-only */
  *ret_fd = fd;
  return 0;
}

/* Remove NAME, which is DEPTH folders below the top.  */
static int
remove_below (removal *r, int folder, const char *name, int depth, azml_error **err)
{
  int fd = -1;
  if (unlinkat (folder, name, 0) == 0 || errno == ENOENT)
    return 0;
  if (errno != EISDIR && errno != EPERM)
    return azml__error_os (err, errno, "remove '%s'", name);
  if (depth == DEEPEST)
    return move_up (r, folder, name, err);
  int rc = open_to_empty (folder, name, &fd, err);
  if (rc == 0)
    rc = remove_content (r, fd, depth + 1, err);
  if (rc == 0 && unlinkat (folder, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
    rc = azml__error_os (err, errno, "remove '%s'", name);
  return rc;
}

int
azml__file_remove_tree (int folder, const char *name, azml_error **err)
{
  AZML_AUTO_CLOSE int top = -1;
  if (unlinkat (folder, name, 0) == 0 || errno == ENOENT)
    return 0;
  if (errno != EISDIR && errno != EPERM)
    return azml__error_os (err, errno, "remove '%s'", name);
  int rc = open_to_empty (folder, name, &top, err);
  removal r = { .top = top, .moved = 1 };
  while (rc == 0 && r.moved)
    {
      /* A descriptor of its own, so that reading starts at the beginning.  */
      int fd = openat (top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      r.moved = 0;
      rc = fd < 0 ? azml__error_os (err, errno, "remove '%s'", name)
                  : remove_content (&r, fd, 0, err);
    }
  if (rc == 0 && unlinkat (folder, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
    rc = azml__error_os (err, errno, "remove '%s'", name);
  return rc;
}

int
azml__file_has_name (int fd, int folder, const char *name)
{
  struct stat ours, named;
  return fstat (fd, &ours) == 0
         && fstatat (folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0
         && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int
azml__file_try_lock (int fd, int *ret_locked, azml_error **err)
{
  while (flock (fd, LOCK_EX | LOCK_NB) < 0)
    {
      if (errno == EINTR)
        continue;
      if (errno != EWOULDBLOCK)
        return azml__error_os (err, errno, "lock");
      *ret_locked = 0;
      return 0;
    }
  *ret_locked = 1;
  return 0;
}

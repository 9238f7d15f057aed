/* objects.c: contents stored by their digest.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/file.h"

struct azml__objects
{
  char *folder;
  int fd; /* -1 until the folder exists */
};

char *
azml__object_name (const azml__digest *digest, char name[AZML__OBJECT_NAME_SIZE])
{
  char hex[AZML__DIGEST_HEX_SIZE];
  azml__digest_hex (digest, hex);
  name[0] = hex[0];
  name[1] = hex[1];
  name[2] = '/';
  memcpy (name + 3, hex + 2, AZML__DIGEST_HEX_SIZE - 2);
  return name;
}

static int
open_folder (azml__objects *objects)
{
  if (objects->fd < 0)
    objects->fd = open (objects->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return objects->fd;
}

int
azml__objects_open (const char *folder, azml__objects **ret, azml_error **err)
{
  AZML_AUTO (azml__objects) objects = calloc (1, sizeof *objects);
  if (!objects)
    return azml__error_no_memory (err);
  objects->fd = -1;
  objects->folder = strdup (folder);
  if (!objects->folder)
    return azml__error_no_memory (err);
  if (open_folder (objects) < 0 && errno != ENOENT)
    return azml__error_os (err, errno, "open the object store '%s'", folder);
  *ret = azml_steal (&objects);
  return 0;
}

void
azml__objects_free (azml__objects *objects)
{
  if (!objects)
    return;
  if (objects->fd >= 0)
    close (objects->fd);
  free (objects->folder);
  free (objects);
}

int
azml__objects_fd (azml__objects *objects)
{
  return open_folder (objects);
}

int
azml__objects_place (azml__objects *objects, int *ret_fd, azml_error **err)
{
  if (open_folder (objects) < 0)
    {
      int rc = azml__folder_make (objects->folder, 0700, err);
      if (rc < 0)
        return rc;
      if (open_folder (objects) < 0)
        return azml__error_os (err, errno, "open the object store '%s'",
                               objects->folder);
    }
  *ret_fd = objects->fd;
  return 0;
}

int
azml__objects_has (azml__objects *objects, const azml__digest *digest)
{
  char name[AZML__OBJECT_NAME_SIZE];
  struct stat st;
  return open_folder (objects) >= 0
         && fstatat (objects->fd, azml__object_name (digest, name), &st,
                     AT_SYMLINK_NOFOLLOW)
                == 0
         && S_ISREG (st.st_mode);
}

int
azml__objects_has_size (azml__objects *objects, const azml__digest *digest,
                        uint64_t size)
{
  char name[AZML__OBJECT_NAME_SIZE];
  struct stat st;
  return open_folder (objects) >= 0
         && fstatat (objects->fd, azml__object_name (digest, name), &st,
                     AT_SYMLINK_NOFOLLOW)
                == 0
         && S_ISREG (st.st_mode) && (uint64_t)st.st_size == size;
}

int
azml__objects_read (azml__objects *objects, const azml__digest *digest, int *ret_fd,
                    azml_error **err)
{
  char name[AZML__OBJECT_NAME_SIZE];
  azml__object_name (digest, name);
  int fd = open_folder (objects);
  if (fd >= 0)
    fd = openat (fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "object '%s'", name);
  *ret_fd = fd;
  return 0;
}

int
azml__objects_remove (azml__objects *objects, const azml__digest *digest,
                      azml_error **err)
{
  char name[AZML__OBJECT_NAME_SIZE];
  azml__object_name (digest, name);
  if (open_folder (objects) >= 0 && unlinkat (objects->fd, name, 0) < 0
      && errno != ENOENT)
    return azml__error_os (err, errno, "remove the object '%s'", name);
  return 0;
}

/* Store the open folder NAME of OBJECTS in *RET; NULL if there is none.  */
static int
open_dir (azml__objects *objects, const char *name, DIR **ret, azml_error **err)
{
  int fd = open_folder (objects);
  if (fd >= 0)
    fd = openat (fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
    {
      *ret = NULL;
      return 0;
    }
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (!dir)
    {
      int rc = azml__error_os (err, errno, "read the object store '%s/%s'",
                               objects->folder, name);
      if (fd >= 0)
        close (fd);
      return rc;
    }
  *ret = dir;
  return 0;
}

static int
visit_folder (azml__objects *objects, const char *prefix,
              azml__objects_visitor *each, void *data, azml_error **err)
{
  AZML_AUTO (DIR) dir = NULL;
  int rc = open_dir (objects, prefix, &dir, err);
  for (struct dirent *entry; rc == 0 && dir && (entry = readdir (dir));)
    {
      char hex[AZML__DIGEST_HEX_SIZE];
      azml__digest digest;
      struct stat st;
      if (strlen (entry->d_name) != sizeof hex - 3)
        continue;
      memcpy (hex, prefix, 2);
      memcpy (hex + 2, entry->d_name, sizeof hex - 2);
      if (azml__digest_parse (hex, &digest) == 0
          && fstatat (dirfd (dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISREG (st.st_mode))
        rc = each (&digest, (uint64_t)st.st_size, data, err);
    }
  return rc;
}

int
azml__objects_each (azml__objects *objects, azml__objects_visitor *each, void *data,
                    azml_error **err)
{
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < 256; i++)
    {
      char prefix[3] = { digits[i >> 4], digits[i & 15], '\0' };
      int rc = visit_folder (objects, prefix, each, data, err);
      if (rc)
        return rc;
    }
  return 0;
}

int
azml__objects_sweep (azml__objects *objects, int64_t age, int dry_run,
                     uint64_t *ret_files, uint64_t *ret_bytes, azml_error **err)
{
  AZML_AUTO (DIR) dir = NULL;
  uint64_t files = 0, bytes = 0;
  time_t now = time (NULL);
  int rc = open_dir (objects, ".", &dir, err);
  for (struct dirent *entry; rc == 0 && dir && (entry = readdir (dir));)
    {
      struct stat st;
      if ((strncmp (entry->d_name, ".tmp-", 5) != 0
           && strncmp (entry->d_name, ".part-", 6) != 0)
          || fstatat (dirfd (dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0
          || now - st.st_mtime < age)
        continue;
      if (!dry_run && unlinkat (dirfd (dir), entry->d_name, 0) < 0
          && errno != ENOENT)
        rc = azml__error_os (err, errno, "remove '%s'", entry->d_name);
      files++;
      bytes += (uint64_t)st.st_size;
    }
  if (rc < 0)
    return rc;
  *ret_files = files;
  *ret_bytes = bytes;
  return 0;
}

/* objects.c: contents stored by their digest.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "snapshot/packs.h"

/* When so many small ones were added, or are about to be, the next goes into a pack.  */
#define MANY 64

struct azml__objects
{
  unsigned refs;
  char *folder;
  char *source; /* see azml__objects_set_source, or NULL */
  int fd;       /* -1 until the folder exists */
  azml__packs packs;
  uint64_t small; /* how many were added, and are expected */
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

int
azml__object_is_other (const azml__digest *expected, const azml__digest *found,
                       azml_error **err)
{
  char name[2][AZML__OBJECT_NAME_SIZE];
  return azml__error (err, AZML_E_CORRUPT, "object '%s' has the content of '%s'",
                      azml__object_name (expected, name[0]),
                      azml__object_name (found, name[1]));
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
  objects->refs = 1;
  objects->fd = -1;
  objects->packs = (azml__packs)AZML__PACKS_INIT;
  objects->folder = strdup (folder);
  if (!objects->folder)
    return azml__error_no_memory (err);
  if (open_folder (objects) < 0 && errno != ENOENT)
    return azml__error_os (err, errno, "open the object store '%s'", folder);
  *ret = azml_steal (&objects);
  return 0;
}

azml__objects *
azml__objects_ref (azml__objects *objects)
{
  objects->refs++;
  return objects;
}

void
azml__objects_free (azml__objects *objects)
{
  if (!objects || --objects->refs)
    return;
  (void)!azml__packs_rest (&objects->packs, NULL);
  azml__packs_done (&objects->packs);
  if (objects->fd >= 0)
    close (objects->fd);
  free (objects->folder);
  free (objects->source);
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

azml__packs *
azml__objects_packs (azml__objects *objects)
{
  return &objects->packs;
}

int
azml__objects_set_source (azml__objects *objects, const char *source,
                          azml_error **err)
{
  char *copy = strdup (source);
  if (!copy)
    return azml__error_no_memory (err);
  free (objects->source);
  objects->source = copy;
  return 0;
}

const char *
azml__objects_source (const azml__objects *objects)
{
  return objects->source;
}

int
azml__objects_is_current (azml__objects *objects)
{
  struct stat named, open;
  int folder = open_folder (objects), packs = objects->packs.folder;
  if (folder < 0)
    return 1;
  if (stat (objects->folder, &named) < 0 || fstat (folder, &open) < 0
      || named.st_ino != open.st_ino || named.st_dev != open.st_dev)
    return 0;
  return packs < 0
         || (fstatat (folder, AZML__PACKS_FOLDER, &named, AT_SYMLINK_NOFOLLOW) == 0
             && fstat (packs, &open) == 0 && named.st_ino == open.st_ino
             && named.st_dev == open.st_dev);
}

void
azml__objects_refresh (azml__objects *objects)
{
  if (objects->packs.looked)
    azml__packs_refresh (&objects->packs, open_folder (objects));
}

int
azml__objects_rest (azml__objects *objects, azml_error **err)
{
  return azml__packs_rest (&objects->packs, err);
}

void
azml__objects_expect (azml__objects *objects, uint64_t count)
{
  objects->small += count;
}

int
azml__objects_packs_next (azml__objects *objects)
{
  return objects->small++ >= MANY;
}

int
azml__objects_find (azml__objects *objects, const azml__digest *digest,
                    uint64_t *ret_size)
{
  char name[AZML__OBJECT_NAME_SIZE];
  struct stat st;
  int folder = open_folder (objects);
  const azml__packed *packed = azml__packs_known (&objects->packs, digest);
  int is_file = !packed && folder >= 0
                && fstatat (folder, azml__object_name (digest, name), &st,
                            AT_SYMLINK_NOFOLLOW)
                       == 0
                && S_ISREG (st.st_mode);
  /* Last, for the index of all packs may be long.  */
  if (!packed && !is_file)
    packed = azml__packs_find (&objects->packs, folder, digest);
  if (!packed && !is_file)
    return 0;
  *ret_size = packed ? packed->size : (uint64_t)st.st_size;
  return 1;
}

int
azml__objects_has (azml__objects *objects, const azml__digest *digest)
{
  uint64_t size;
  return azml__objects_find (objects, digest, &size);
}

int
azml__objects_has_size (azml__objects *objects, const azml__digest *digest,
                        uint64_t size)
{
  uint64_t found;
  return azml__objects_find (objects, digest, &found) && found == size;
}

/* Is the object in a pack that is known?  The pack may be forgotten before the object is
   closed.  */
static int
read_packed (azml__objects *objects, const azml__digest *digest, azml__object *ret,
             int *ret_done, azml_error **err)
{
  const azml__packed *packed = azml__packs_known (&objects->packs, digest);
  *ret_done = packed != NULL;
  if (!packed)
    return 0;
  int fd = fcntl (objects->packs.packs[packed->pack].fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    return azml__error_os (err, errno, "read a pack");
  *ret = (azml__object){ fd, 1, packed->offset, packed->size };
  return 0;
}

int
azml__objects_read (azml__objects *objects, const azml__digest *digest,
                    azml__object *ret, azml_error **err)
{
  char name[AZML__OBJECT_NAME_SIZE];
  struct stat st;
  int done, rc = read_packed (objects, digest, ret, &done, err);
  if (rc < 0 || done)
    return rc;
  azml__object_name (digest, name);
  int folder = open_folder (objects);
  AZML_AUTO_CLOSE int fd =
      folder < 0 ? -1 : openat (folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && (folder < 0 || errno == ENOENT))
    {
      /* Nobody looked yet, or somebody just added it to a pack, or moved it to another.  */
      azml__packs_refresh (&objects->packs, folder);
      rc = read_packed (objects, digest, ret, &done, err);
      if (rc < 0 || done)
        return rc;
      errno = ENOENT;
    }
  if (fd < 0 || fstat (fd, &st) < 0)
    return azml__error_os (err, errno, "object '%s'", name);
  *ret = (azml__object){ azml__steal_fd (&fd), 0, 0, (uint64_t)st.st_size };
  return 0;
}

void
azml__object_close (azml__object *object)
{
  if (object->fd >= 0)
    close (object->fd);
  *object = (azml__object)AZML__OBJECT_INIT;
}

int
azml__objects_load (azml__objects *objects, const azml__digest *digest,
                    size_t limit, azml__buffer *buffer, azml_error **err)
{
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  char name[AZML__OBJECT_NAME_SIZE];
  size_t n = 0;
  int rc = azml__objects_read (objects, digest, &object, err);
  if (rc < 0)
    return rc;
  if (object.size > limit)
    return azml__error (err, AZML_E_TOO_LARGE, "'%s' has more than %zu bytes",
                        azml__object_name (digest, name), limit);
  char *room = azml__buffer_room (buffer, (size_t)object.size);
  if (!room)
    return azml__error_no_memory (err);
  rc = azml__file_pread (object.fd, room, (size_t)object.size, (off_t)object.offset,
                         &n, err);
  room[n] = '\0';
  buffer->length += n;
  return rc;
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
  return azml__packs_remove (&objects->packs, objects->fd, digest, err);
}

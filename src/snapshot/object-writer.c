/* object-writer.c: an object that is being added.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/file.h"
#include "core/random.h"
#include "snapshot/clone.h"
#include "snapshot/mend.h"
#include "snapshot/object-part.h"

/* A smaller object replaces one that is there: looking costs as much.  */
#define LOOK_FROM ((uint64_t)64 << 10)

/* An object that has become so large is digested beside its writing, by pieces of so
   many bytes: less is done before a thread has begun.  */
#define BESIDE_FROM ((uint64_t)4 << 20)
#define BESIDE_PIECE ((size_t)32 << 10)

/* A writer of OBJECTS that has no file yet, new.  */
static int
make (azml__objects *objects, azml__object_writer **ret, azml_error **err)
{
  AZML_AUTO (azml__object_writer) writer = calloc (1, sizeof *writer);
  if (!writer)
    return azml__error_no_memory (err);
  writer->objects = objects;
  writer->fd = -1;
  azml__sha256_init (&writer->hash);
  int rc = azml__objects_place (objects, &writer->place, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&writer);
  return 0;
}

int
azml__object_writer_new (azml__objects *objects, azml__object_writer **ret,
                         azml_error **err)
{
  char id[AZML__RANDOM_ID_SIZE];
  AZML_AUTO (azml__object_writer) writer = NULL;
  int rc = make (objects, &writer, err);
  if (rc == 0)
    rc = azml__random_id (id, err);
  if (rc < 0)
    return rc;
  snprintf (writer->name, sizeof writer->name, ".tmp-%s", id);
  writer->fd = openat (writer->place, writer->name,
                       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (writer->fd < 0)
    {
      writer->name[0] = '\0';
      return azml__folder_refused (err, errno, writer->place);
    }
  *ret = azml_steal (&writer);
  return 0;
}

int
azml__object_writer_part (azml__objects *objects, const azml__digest *digest,
                          uint64_t size, uint64_t offset, azml__object_writer **ret,
                          azml_error **err)
{
  AZML_AUTO (azml__object_writer) writer = NULL;
  int rc = make (objects, &writer, err);
  if (rc == 0)
    rc = azml__object_part_begin (writer, digest, size, offset, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&writer);
  return 0;
}

void
azml__object_writer_tap (azml__object_writer *writer, const azml__object_tap *tap,
                         const azml__digest *name, uint64_t size)
{
  writer->tap = tap;
  tap->begin (tap->data, name, writer->fd, size);
}

/* 1 if the next N bytes are to be digested beside their writing.  */
static int
is_beside (azml__object_writer *writer, size_t n)
{
  if (n < BESIDE_PIECE || writer->size < BESIDE_FROM || writer->alone)
    return 0;
  if (!writer->hasher)
    writer->hasher = azml__hasher_new (&writer->hash);
  writer->alone = !writer->hasher;
  return !writer->alone;
}

int
azml__object_writer_add (azml__object_writer *writer, const void *data, size_t n,
                         azml_error **err)
{
  if (writer->skip)
    {
      size_t known = n < writer->skip ? n : (size_t)writer->skip;
      writer->skip -= known;
      data = (const char *)data + known;
      n -= known;
    }
  int beside = is_beside (writer, n);
  if (beside)
    azml__hasher_begin (writer->hasher, data, n);
  int rc = azml__file_write (writer->fd, data, n, err);
  if (rc == 0 && writer->tap)
    writer->tap->grown (writer->tap->data, writer->size + n);
  if (beside)
    azml__hasher_wait (writer->hasher);
  if (rc < 0)
    {
      writer->bad = 1;
      return azml__error_prefix (err, rc, "add an object");
    }
  if (!beside)
    azml__sha256_add (&writer->hash, data, n);
  writer->size += n;
  if (writer->part)
    azml__object_part_advance (writer);
  return 0;
}

int
azml__object_writer_clone (azml__object_writer *writer, int fd, azml_cancel *cancel,
                           uint64_t *ret_size, int *ret_done, azml_error **err)
{
  enum
  {
    chunk = 256 << 10
  };
  size_t n = chunk;
  struct stat st;
  AZML_AUTO_FREE char *data = malloc (chunk);
  if (!data)
    return azml__error_no_memory (err);
  *ret_done = azml__clone_file (fd, writer->fd);
  if (*ret_done && writer->tap && fstat (writer->fd, &st) == 0)
    writer->tap->grown (writer->tap->data, (uint64_t)st.st_size);
  while (*ret_done && n == chunk)
    {
      int rc = azml__cancel_check (cancel, err);
      if (rc == 0)
        rc = azml__file_pread (writer->fd, data, chunk, (off_t)writer->size, &n,
                               err);
      if (rc < 0)
        return rc;
      azml__sha256_add (&writer->hash, data, n);
      writer->size += n;
    }
  *ret_size = writer->size;
  return 0;
}

/* Rename the temporary file to NAME, making the folder in between when needed.  */
static int
give_name (azml__object_writer *writer, const azml__digest *digest,
           const char *name, azml_error **err)
{
  int done = renameat (writer->place, writer->name, writer->place, name);
  if (done < 0 && errno == ENOENT)
    {
      char prefix[3] = { name[0], name[1], '\0' };
      if (mkdirat (writer->place, prefix, 0700) < 0 && errno != EEXIST)
        return azml__error_os (err, errno, "add the object '%s'", name);
      done = renameat (writer->place, writer->name, writer->place, name);
    }
  /* Of a part another process may have been here first.  */
  if (done < 0
      && !(errno == ENOENT
           && azml__objects_has_size (writer->objects, digest, writer->size)))
    return azml__error_os (err, errno, "add the object '%s'", name);
  writer->name[0] = '\0';
  return 0;
}

int
azml__object_writer_end (azml__object_writer *taken, const azml__digest *expected,
                         azml__digest *ret, azml_error **err)
{
  AZML_AUTO (azml__object_writer) writer = taken;
  char name[AZML__OBJECT_NAME_SIZE];
  azml__digest digest;
  azml__hasher_free (azml_steal (&writer->hasher));
  int rc = azml__object_part_end (writer, err);
  if (rc < 0)
    return rc;
  azml__sha256_end (&writer->hash, &digest);
  azml__object_name (&digest, name);
  if (expected && memcmp (expected, &digest, sizeof digest) != 0)
    return azml__object_is_other (expected, &digest, err);
  if (writer->size > AZML__OBJECT_MARKED)
    azml__object_mark (writer->fd, &digest);
  /* On a network file system a full disk may show only now.  */
  if (close (azml__steal_fd (&writer->fd)) < 0)
    return azml__error_os (err, errno, "add the object '%s'", name);
  if (writer->size < LOOK_FROM
      || !azml__objects_has_size (writer->objects, &digest, writer->size))
    {
      rc = give_name (writer, &digest, name, err);
      if (rc < 0)
        return rc;
    }
  if (writer->tap)
    writer->tap->end (writer->tap->data, &digest);
  writer->tap = NULL;
  if (ret)
    *ret = digest;
  return 0;
}

void
azml__object_writer_free (azml__object_writer *writer)
{
  if (!writer)
    return;
  if (writer->tap)
    writer->tap->end (writer->tap->data, NULL);
  azml__hasher_free (writer->hasher);
  azml__object_part_keep (writer);
  if (writer->fd >= 0)
    close (writer->fd);
  if (writer->name[0])
    unlinkat (writer->place, writer->name, 0);
  free (writer);
}

void
azml__object_writer_drop (azml__object_writer *writer)
{
  if (writer)
    writer->bad = 1;
}

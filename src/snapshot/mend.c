/* mend.c: contents of a store that are damaged.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/file.h"
#include "core/json.h"
#include "snapshot/walk.h"

#define CHUNK ((size_t)256 << 10)

int
azml__object_is (const azml__object *object, const azml__digest *digest,
                 azml_cancel *cancel, int *ret, azml_error **err)
{
  AZML_AUTO_FREE char *data = malloc (CHUNK);
  AZML_AUTO (azml_error) reason = NULL;
  azml__sha256 hash;
  azml__digest found;
  size_t n;
  *ret = 0;
  if (!data)
    return azml__error_no_memory (err);
  azml__sha256_init (&hash);
  for (uint64_t done = 0; done < object->size; done += n)
    {
      n = object->size - done < CHUNK ? (size_t)(object->size - done) : CHUNK;
      int rc = azml__cancel_check (cancel, err);
      if (rc < 0)
        return rc;
      rc = azml__file_pread (object->fd, data, n, (off_t)(object->offset + done),
                             &n, &reason);
      if (rc < 0 && azml_error_native (reason) != EIO)
        {
          azml__error_move (err, &reason);
          return rc;
        }
      if (rc < 0 || n == 0)
        return 0;
      azml__sha256_add (&hash, data, n);
    }
  azml__sha256_end (&hash, &found);
  *ret = memcmp (&found, digest, sizeof found) == 0;
  return 0;
}

/* The microseconds of the time of change; finer is not kept everywhere.  */
static long
mark_ns (const azml__digest *digest)
{
  return (long)(azml__get_u32 ((const char *)digest->bytes) % 1000000) * 1000;
}

void
azml__object_mark (int fd, const azml__digest *digest)
{
  struct timespec times[2] = { { 0, UTIME_OMIT }, { 0, mark_ns (digest) } };
  struct stat st;
  /* A second back: a time to come would look as if somebody had changed it since.  */
  if (fstat (fd, &st) < 0)
    return;
  times[1].tv_sec = st.st_mtim.tv_sec - 1;
  (void)!futimens (fd, times);
}

int
azml__object_is_still (const azml__object *object, const azml__digest *digest,
                       azml_cancel *cancel, int *ret, azml_error **err)
{
  struct stat st;
  if (fstat (object->fd, &st) < 0)
    return azml__error_os (err, errno, "look at an object");
  *ret = st.st_mtim.tv_nsec == mark_ns (digest);
  if (*ret)
    return 0;
  int rc = azml__object_is (object, digest, cancel, ret, err);
  if (rc == 0 && *ret)
    azml__object_mark (object->fd, digest);
  return rc;
}

/* Add all of FD, if it is the content of ENTRY.  */
static int
add_file (azml__objects *objects, int fd, const azml__manifest_entry *entry,
          azml_cancel *cancel, int *ret, azml_error **err)
{
  AZML_AUTO_FREE char *data = malloc (CHUNK);
  AZML_AUTO (azml__object_writer) writer = NULL;
  AZML_AUTO (azml_error) reason = NULL;
  uint64_t done = 0;
  size_t n = CHUNK;
  if (!data)
    return azml__error_no_memory (err);
  int rc = azml__object_writer_new (objects, &writer, err);
  while (rc == 0 && n == CHUNK && done <= entry->size)
    {
      rc = azml__cancel_check (cancel, err);
      if (rc == 0 && azml__file_pread (fd, data, CHUNK, (off_t)done, &n, NULL) < 0)
        return 0;
      if (rc == 0)
        rc = azml__object_writer_add (writer, data, n, err);
      done += n;
    }
  if (rc < 0)
    return rc;
  rc =
      azml__object_writer_end (azml_steal (&writer), &entry->digest, NULL, &reason);
  *ret = rc == 0;
  if (rc == 0 || rc == AZML_E_CORRUPT)
    return 0;
  azml__error_move (err, &reason);
  return rc;
}

int
azml__object_restore (azml__objects *objects, const char *source,
                      const azml__manifest_entry *entry, azml_cancel *cancel,
                      int *ret, azml_error **err)
{
  struct stat st;
  *ret = 0;
  AZML_AUTO_CLOSE int folder = open (source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return 0;
  /* O_NONBLOCK: should it have become a FIFO, this must not wait for a writer.  */
  AZML_AUTO_CLOSE int fd =
      azml__walk_open (folder, entry->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &st) < 0 || !S_ISREG (st.st_mode)
      || (uint64_t)st.st_size != entry->size)
    return 0;
  return add_file (objects, fd, entry, cancel, ret, err);
}

/* Store 1 in *RET if the content of ENTRY is there and whole; what is not whole is
   removed.  */
static int
is_whole (azml__objects *objects, const azml__manifest_entry *entry,
          azml_cancel *cancel, int *ret, azml_error **err)
{
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  *ret = 0;
  if (!azml__objects_has (objects, &entry->digest))
    return 0;
  int rc = azml__objects_read (objects, &entry->digest, &object, err);
  if (rc == 0)
    rc = azml__object_is (&object, &entry->digest, cancel, ret, err);
  return rc < 0 || *ret ? rc : azml__objects_remove (objects, &entry->digest, err);
}

static int
note (json_t *report, const char *key, const char *path, azml_error **err)
{
  json_t *list = json_object_get (report, key);
  return json_array_append_new (list, azml__json_text (path)) < 0
             ? azml__error_no_memory (err)
             : 0;
}

/* Mend the content of ENTRY, if STATE does not say that it is there.  */
static int
mend_entry (azml__objects *objects, const azml__manifest_entry *entry,
            const char *source, azml_cancel *cancel, json_t *state, json_t *report,
            azml_error **err)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  int whole = 0, restored = 0;
  azml__digest_hex (&entry->digest, hex);
  json_t *known = json_object_get (state, hex);
  if (!known || json_is_true (known))
    return 0;
  int rc = 0;
  if (json_is_null (known))
    rc = is_whole (objects, entry, cancel, &whole, err);
  if (rc == 0 && !whole)
    rc = azml__object_restore (objects, source, entry, cancel, &restored, err);
  if (rc == 0 && restored)
    rc = note (report, "mended", entry->path, err);
  if (rc == 0
      && json_object_set_new (state, hex, json_boolean (whole || restored)) < 0)
    return azml__error_no_memory (err);
  return rc;
}

int
azml__snapshot_mend (azml__objects *objects, const azml__digest *digest,
                     const json_t *digests, const char *source, azml_cancel *cancel,
                     json_t **ret, azml_error **err)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO (json_t) report = json_pack ("{s:[], s:[]}", "mended", "lost");
  /* By digest: null as long as nobody looked, whether it is there then.  */
  AZML_AUTO (json_t) state = json_object ();
  size_t i;
  json_t *hex;
  if (!report || !state)
    return azml__error_no_memory (err);
  json_array_foreach ((json_t *)digests, i, hex)
  {
    if (json_object_set_new (state, json_string_value (hex), json_null ()) < 0)
      return azml__error_no_memory (err);
  }
  int rc = azml__manifest_load (objects, digest, &manifest, err);
  /* Several files may have it; one that was changed since does not any more.  */
  for (i = 0; rc == 0 && i < manifest.count; i++)
    if (manifest.entries[i].type == 'f' || manifest.entries[i].type == 'x')
      rc = mend_entry (objects, &manifest.entries[i], source, cancel, state, report,
                       err);
  for (i = 0; rc == 0 && i < manifest.count; i++)
    {
      char text[AZML__DIGEST_HEX_SIZE];
      azml__digest_hex (&manifest.entries[i].digest, text);
      if (json_is_false (json_object_get (state, text)))
        rc = note (report, "lost", manifest.entries[i].path, err);
    }
  if (rc == 0)
    rc = azml__objects_rest (objects, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&report);
  return 0;
}

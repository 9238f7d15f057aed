/* maker.c: what makes the entries of a manifest real, one after the other.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The manifest may come from anywhere: each folder is one that was just made here,
   or by us before, and each file is created anew, so nothing is ever written through a
   link.  */

#include <config.h>

#include "snapshot/maker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/file.h"
#include "core/json.h"
#include "snapshot/clone.h"
#include "snapshot/mend.h"

#define BUFFER AZML__OBJECT_MARKED
#define LINK_OVER ((uint64_t)16 << 20)
#define CLONE_FROM ((uint64_t)64 << 10) /* copying less costs less */

void
azml__maker_done (azml__maker *m)
{
  json_decref (m->linked);
  free (m->buffer);
  azml__place_done (&m->place);
}

/* Try to share the blocks of FROM with TO.  Return 1 if this succeeded.  */
static int
clone (azml__maker *m, int from, int to)
{
  m->may_clone = azml__clone_file (from, to); /* where it fails, it always does */
  return m->may_clone;
}

/* Copy SIZE bytes in the kernel.  Store in *RET how many; less than SIZE where it
   cannot, or the object ends.  */
static void
copy_inside (azml__maker *m, int from, int to, uint64_t size, uint64_t *ret)
{
  *ret = 0;
#ifdef __linux__
  while (*ret < size && !azml_cancel_is_set (m->cancel))
    {
      uint64_t part =
          size - *ret < ((uint64_t)64 << 20) ? size - *ret : (uint64_t)64 << 20;
      ssize_t n = copy_file_range (from, NULL, to, NULL, (size_t)part, 0);
      if (n <= 0)
        break;
      *ret += (uint64_t)n;
    }
#else
  (void)m;
  (void)from;
  (void)to;
  (void)size;
#endif
}

static int
copy (azml__maker *m, const azml__manifest_entry *entry, const azml__object *object,
      int to, azml_error **err)
{
  uint64_t size = entry->size;
  uint64_t done = 0;
  int from = object->fd;
  if (m->loaded)
    {
      m->report.copied++;
      return azml__file_write (to, m->buffer, (size_t)size, err);
    }
  copy_inside (m, from, to, size, &done);
  while (done < size)
    {
      size_t n = size - done < BUFFER ? (size_t)(size - done) : BUFFER;
      int rc = azml__cancel_check (m->cancel, err);
      if (rc == 0)
        rc = azml__file_pread (from, m->buffer, n, (off_t)done, &n, err);
      if (rc == 0 && n == 0)
        rc = azml__error (err, AZML_E_CORRUPT, "its object became shorter");
      if (rc == 0)
        rc = azml__file_write (to, m->buffer, n, err);
      if (rc < 0)
        return rc;
      done += n;
    }
  m->report.copied++;
  return 0;
}

/* Remember that PATH shares its object, as OBJECT (its status) stands.  */
static int
note_linked (azml__maker *m, const azml__manifest_entry *entry,
             const struct stat *object, azml_error **err)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  json_int_t mtime =
      (json_int_t)object->st_mtim.tv_sec * 1000000000 + object->st_mtim.tv_nsec;
  json_t *note = json_pack ("{s:o, s:s, s:I, s:I}", "path",
                            azml__json_bytes (entry->path, strlen (entry->path)),
                            "digest", azml__digest_hex (&entry->digest, hex),
                            "mtime_ns", mtime, "size", (json_int_t)entry->size);
  if (!note || json_array_append_new (m->linked, note) < 0)
    return azml__error_no_memory (err);
  m->report.linked++;
  return 0;
}

/* Try to link the object of ENTRY, open as FROM, as NAME in FOLDER.  Store 1 in *RET_DONE if
   this succeeded, 0 if it must be copied.  */
static int
link_object (azml__maker *m, const azml__manifest_entry *entry,
             const azml__object *from, int folder, const char *name, int *ret_done,
             azml_error **err)
{
  struct stat st;
  char object_name[AZML__OBJECT_NAME_SIZE];
  azml__object_name (&entry->digest, object_name);
  *ret_done = 0;
  if (fstat (from->fd, &st) < 0)
    return azml__error_os (err, errno, "look at the object");
  if (linkat (azml__objects_fd (m->objects), object_name, folder, name, 0) < 0)
    {
      m->may_link = errno != EXDEV && errno != EPERM;
      return errno == EMLINK || !m->may_link ? 0
                                             : azml__error_os (err, errno, "link");
    }
  *ret_done = 1;
  return note_linked (m, entry, &st, err);
}

/* Make the file NAME in FOLDER with the content of the open object FROM.  */
static int
fill_file (azml__maker *m, const azml__manifest_entry *entry,
           const azml__object *from, int may_link, int folder, const char *name,
           azml_error **err)
{
  int is_clone = 0, is_link = 0, rc = 0;
  mode_t mode = entry->type == 'x' ? 0777 : 0666;
  AZML_AUTO_CLOSE int to = openat (
      folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (to < 0)
    return azml__error_os (err, errno, "create the file");
  if (entry->size >= CLONE_FROM && m->may_clone && !from->packed)
    is_clone = clone (m, from->fd, to);
  /* An executable file cannot be a link: an object is not executable.  */
  if (!is_clone && may_link && entry->size > LINK_OVER && entry->type == 'f')
    {
      if (unlinkat (folder, name, 0) < 0)
        return azml__error_os (err, errno, "replace the file");
      rc = link_object (m, entry, from, folder, name, &is_link, err);
      if (rc == 0 && !is_link)
        return fill_file (m, entry, from, 0, folder, name, err);
    }
  else if (!is_clone)
    rc = copy (m, entry, from, to, err);
  m->report.cloned += (uint64_t)is_clone;
  if (rc == 0 && close (azml__steal_fd (&to)) < 0)
    rc = azml__error_os (err, errno, "write the file");
  return rc;
}

/* Store 1 in *RET if FROM, as large as ENTRY says, is its content, which is loaded if it
   fits.  */
static int
check (azml__maker *m, const azml__manifest_entry *entry, const azml__object *from,
       int *ret, azml_error **err)
{
  AZML_AUTO (azml_error) reason = NULL;
  azml__digest found;
  size_t n = 0;
  if (from->size > BUFFER)
    return azml__object_is_still (from, &entry->digest, m->cancel, ret, err);
  int rc = azml__file_pread (from->fd, m->buffer, (size_t)from->size,
                             (off_t)from->offset, &n, &reason);
  /* A disk that cannot read it is as bad as one that reads something else.  */
  if (rc < 0 && azml_error_native (reason) != EIO)
    {
      azml__error_move (err, &reason);
      return rc;
    }
  azml__sha256_bytes (m->buffer, n, &found);
  m->loaded = rc == 0 && memcmp (&found, &entry->digest, sizeof found) == 0;
  *ret = m->loaded;
  return 0;
}

/* Open the object of ENTRY, which is what it should be, or *RET_WHOLE is 0.  */
static int
open_object (azml__maker *m, const azml__manifest_entry *entry, azml__object *ret,
             int *ret_whole, azml_error **err)
{
  m->loaded = 0;
  int rc = azml__objects_read (m->objects, &entry->digest, ret, err);
  if (rc < 0)
    return rc;
  if (ret->size == entry->size)
    return check (m, entry, ret, ret_whole, err);
  rc = azml__object_is (ret, &entry->digest, m->cancel, ret_whole, err);
  /* Then it is the manifest that lies.  */
  return rc == 0 && *ret_whole
             ? azml__error (err, AZML_E_CORRUPT, "its object has another size")
             : rc;
}

/* The object of ENTRY is damaged: remove it, and make it again of the source.  */
static int
mend (azml__maker *m, const azml__manifest_entry *entry, azml_error **err)
{
  const char *source = azml__objects_source (m->objects);
  int done = 0;
  int rc = azml__objects_remove (m->objects, &entry->digest, err);
  if (rc == 0 && source)
    rc = azml__object_restore (m->objects, source, entry, m->cancel, &done, err);
  if (rc < 0)
    return rc;
  if (!done)
    {
      rc = azml__error (err, AZML_E_CORRUPT,
                        "its stored content was damaged, and is removed");
      azml__error_hint (err, "run it again: what is in the source folder is stored "
                             "anew");
      return rc;
    }
  m->report.mended++;
  return 0;
}

static int
make_file (azml__maker *m, const azml__manifest_entry *entry, int folder,
           const char *name, azml_error **err)
{
  AZML_AUTO_OBJECT from = AZML__OBJECT_INIT;
  int whole = 0;
  int rc = open_object (m, entry, &from, &whole, err);
  if (rc == 0 && !whole)
    {
      azml__object_close (&from);
      rc = mend (m, entry, err);
      if (rc == 0)
        rc = open_object (m, entry, &from, &whole, err);
      if (rc == 0 && !whole)
        rc = azml__error (err, AZML_E_CORRUPT, "its object is damaged");
    }
  if (rc < 0)
    return rc;
  return fill_file (m, entry, &from, m->may_link, folder, name, err);
}

static int
make_entry (azml__maker *m, const azml__manifest_entry *entry, azml_error **err)
{
  const char *slash = strrchr (entry->path, '/');
  const char *name = slash ? slash + 1 : entry->path;
  int folder = -1;
  int rc = azml__cancel_check (m->cancel, err);
  if (rc == 0)
    rc = azml__place_go (&m->place, entry->path, (size_t)(name - entry->path),
                         &folder, err);
  if (rc < 0)
    return rc;
  if (entry->type == 'd')
    return mkdirat (folder, name, 0777) < 0
               ? azml__error_os (err, errno, "make the folder")
               : 0;
  if (entry->type == 'l')
    {
      if (symlinkat (entry->target, folder, name) < 0)
        return azml__error_os (err, errno, "make the link");
    }
  else
    {
      rc = make_file (m, entry, folder, name, err);
      m->report.bytes += entry->size;
    }
  m->report.files++;
  return rc;
}

/* Is cloning possible between the objects and TARGET?  Only where both are on one
   file system; the first attempt tells more.  */
static int
may_clone (azml__objects *objects, int target)
{
  struct stat a, b;
  int fd = azml__objects_fd (objects);
  return fd >= 0 && fstat (fd, &a) == 0 && fstat (target, &b) == 0
         && a.st_dev == b.st_dev;
}

int
azml__maker_open (azml__maker *m, azml__objects *objects, const char *target,
                  int is_new, azml_cancel *cancel, azml_error **err)
{
  m->objects = objects;
  m->cancel = cancel;
  m->place.may_exist = !is_new;
  m->linked = json_array ();
  m->buffer = malloc (BUFFER);
  if (!m->linked || !m->buffer)
    return azml__error_no_memory (err);
  int rc = azml__place_open (&m->place, target, err);
  if (rc < 0)
    return rc;
  m->may_clone = may_clone (objects, m->place.levels[0].fd);
  m->may_link = m->may_clone && geteuid () != 0;
  return 0;
}

int
azml__maker_make (azml__maker *m, const azml__manifest_entry *entry,
                  azml_error **err)
{
  int rc = make_entry (m, entry, err);
  return rc < 0 ? azml__error_prefix (err, rc, "'%s'", entry->path) : 0;
}

int
azml__maker_note (azml__maker *m, const azml__manifest_entry *entry,
                  azml_error **err)
{
  char name[AZML__OBJECT_NAME_SIZE];
  struct stat file, object;
  if (entry->type != 'f' || entry->size <= LINK_OVER)
    return 0;
  if (fstatat (m->place.levels[0].fd, entry->path, &file, AT_SYMLINK_NOFOLLOW) < 0)
    return azml__error_os (err, errno, "look at '%s'", entry->path);
  if (fstatat (azml__objects_fd (m->objects),
               azml__object_name (&entry->digest, name), &object,
               AT_SYMLINK_NOFOLLOW)
          < 0
      || file.st_ino != object.st_ino || file.st_dev != object.st_dev)
    return 0;
  return note_linked (m, entry, &object, err);
}

/* materialise.c: make a stored source tree real.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The manifest may come from anywhere: each folder is one that was just made here,
   and each file is created anew, so nothing is ever written through a link.  */

#include <config.h>

#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

#include "core/cancel.h"
#include "core/file.h"
#include "core/json.h"

#define BUFFER ((size_t)1 << 18)
#define LINK_OVER ((uint64_t)16 << 20)
#define CLONE_FROM ((uint64_t)64 << 10) /* copying less costs less */
#define OPEN_FOLDERS 64                 /* kept open at most */

/* An open folder of the path to where we are.  */
typedef struct level
{
  int fd;
  size_t length; /* of its path, the slash at its end included */
} level;

typedef struct maker
{
  azml__objects *objects;
  azml_cancel *cancel;
  azml__materialise_report report;
  json_t *linked;
  char *buffer;
  int may_clone, may_link;
  azml__buffer path; /* of the folder we are in: "" or with a slash at its end */
  level levels[OPEN_FOLDERS];
  size_t depth; /* levels open; the first is the target */
  int here;     /* the folder we are in when it is deeper than levels go, else -1 */
} maker;

static void
maker_done (maker *m)
{
  while (m->depth)
    close (m->levels[--m->depth].fd);
  if (m->here >= 0)
    close (m->here);
  json_decref (m->linked);
  free (m->buffer);
  azml__buffer_done (&m->path);
}

/* Enter the folder NAME below the one that FD is.  MAKE: it does not exist yet.  */
static int
enter (int fd, const char *name, int make, int *ret_fd, azml_error **err)
{
  if (make && mkdirat (fd, name, 0777) < 0)
    return azml__error_os (err, errno, "make the folder");
  int below = openat (fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (below < 0)
    return azml__error_os (err, errno, "open the folder");
  *ret_fd = below;
  return 0;
}

/* Leave what is not above PATH; store in *RET_KEPT how much of the path we are at
   is left, and in *RET_AT from which level and length on to walk.  */
static void
leave (maker *m, const char *path, size_t folder, size_t *ret_kept)
{
  size_t same = 0;
  for (size_t i = 0; i < m->path.length && i < folder; i++)
    {
      if (m->path.data[i] != path[i])
        break;
      if (path[i] == '/')
        same = i + 1;
    }
  if (m->here >= 0)
    close (azml__steal_fd (&m->here));
  while (m->levels[m->depth - 1].length > same)
    close (m->levels[--m->depth].fd);
  *ret_kept = same;
}

/* Be in the folder of PATH, whose first FOLDER bytes name it (its slash included).
   Entries are sorted, so a folder is entered for the first time exactly where PATH
   parts from the path before it.  */
static int
go_to (maker *m, const char *path, size_t folder, int *ret_fd, azml_error **err)
{
  size_t kept;
  if (folder == m->path.length
      && memcmp (path, m->path.data ? m->path.data : "", folder) == 0)
    {
      *ret_fd = m->here >= 0 ? m->here : m->levels[m->depth - 1].fd;
      return 0;
    }
  leave (m, path, folder, &kept);
  size_t at = m->levels[m->depth - 1].length;
  int rc = 0;
  azml__buffer_truncate (&m->path, 0);
  azml__buffer_add (&m->path, path, folder);
  AZML_AUTO_FREE char *names = strndup (path, folder);
  if (!azml__buffer_ok (&m->path) || !names)
    return azml__error_no_memory (err);
  while (rc == 0 && at < folder)
    {
      size_t end = at + strcspn (names + at, "/");
      int above = m->here >= 0 ? m->here : m->levels[m->depth - 1].fd;
      int fd = -1;
      names[end] = '\0';
      rc = enter (above, names + at, end >= kept, &fd, err);
      at = end + 1;
      if (rc < 0)
        break;
      if (m->here >= 0)
        close (azml__steal_fd (&m->here));
      if (m->depth < OPEN_FOLDERS)
        m->levels[m->depth++] = (level){ fd, at };
      else
        m->here = fd;
    }
  if (rc < 0)
    return rc;
  *ret_fd = m->here >= 0 ? m->here : m->levels[m->depth - 1].fd;
  return 0;
}

/* Try to share the blocks of FROM with TO.  Return 1 if this succeeded.  */
static int
clone (maker *m, int from, int to)
{
#ifdef FICLONE
  if (ioctl (to, FICLONE, from) == 0)
    return 1;
#else
  (void)from;
  (void)to;
#endif
  m->may_clone = 0; /* it cannot here: ask no more */
  return 0;
}

static int
too_short (azml_error **err)
{
  return azml__error (err, AZML_E_CORRUPT, "its object has another size");
}

/* Copy SIZE bytes in the kernel.  Store in *RET how many; less than SIZE where it
   cannot, or the object ends.  */
static void
copy_inside (maker *m, int from, int to, uint64_t size, uint64_t *ret)
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
copy (maker *m, int from, int to, uint64_t size, azml_error **err)
{
  uint64_t done = 0;
  if (size >= BUFFER)
    copy_inside (m, from, to, size, &done);
  for (size_t n = BUFFER; n == BUFFER;)
    {
      int rc = azml__cancel_check (m->cancel, err);
      if (rc == 0)
        rc = azml__file_pread (from, m->buffer, BUFFER, (off_t)done, &n, err);
      if (rc == 0 && n)
        rc = azml__file_write (to, m->buffer, n, err);
      if (rc < 0)
        return rc;
      done += n;
      if (done > size)
        return too_short (err);
    }
  m->report.copied++;
  return done == size ? 0 : too_short (err);
}

/* Remember that PATH shares its object, as OBJECT (its status) stands.  */
static int
note_linked (maker *m, const azml__manifest_entry *entry, const struct stat *object,
             azml_error **err)
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

/* Try to link the object of ENTRY as NAME in FOLDER.  Store 1 in *RET_DONE if this
   succeeded, 0 if it must be copied.  */
static int
link_object (maker *m, const azml__manifest_entry *entry, int folder,
             const char *name, const struct stat *object, int *ret_done,
             azml_error **err)
{
  char object_name[AZML__OBJECT_NAME_SIZE];
  azml__object_name (&entry->digest, object_name);
  *ret_done = 0;
  if (linkat (azml__objects_fd (m->objects), object_name, folder, name, 0) < 0)
    {
      m->may_link = errno != EXDEV && errno != EPERM;
      return errno == EMLINK || !m->may_link ? 0
                                             : azml__error_os (err, errno, "link");
    }
  *ret_done = 1;
  return note_linked (m, entry, object, err);
}

/* Make the file NAME in FOLDER with the content of the open object FROM.  */
static int
fill_file (maker *m, const azml__manifest_entry *entry, int from,
           const struct stat *st, int may_link, int folder, const char *name,
           azml_error **err)
{
  int is_clone = 0, is_link = 0, rc = 0;
  mode_t mode = entry->type == 'x' ? 0777 : 0666;
  AZML_AUTO_CLOSE int to = openat (
      folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (to < 0)
    return azml__error_os (err, errno, "create the file");
  if (entry->size >= CLONE_FROM && m->may_clone)
    is_clone = clone (m, from, to);
  /* An executable file cannot be a link: an object is not executable.  */
  if (!is_clone && may_link && entry->size > LINK_OVER && entry->type == 'f')
    {
      if (unlinkat (folder, name, 0) < 0)
        return azml__error_os (err, errno, "replace the file");
      rc = link_object (m, entry, folder, name, st, &is_link, err);
      if (rc == 0 && !is_link)
        return fill_file (m, entry, from, st, 0, folder, name, err);
    }
  else if (!is_clone)
    rc = copy (m, from, to, entry->size, err);
  m->report.cloned += (uint64_t)is_clone;
  if (rc == 0 && close (azml__steal_fd (&to)) < 0)
    rc = azml__error_os (err, errno, "write the file");
  return rc;
}

static int
make_file (maker *m, const azml__manifest_entry *entry, int folder,
           const char *name, azml_error **err)
{
  AZML_AUTO_CLOSE int from = -1;
  struct stat st;
  int rc = azml__objects_read (m->objects, &entry->digest, &from, err);
  if (rc < 0)
    return rc;
  if (fstat (from, &st) < 0)
    return azml__error_os (err, errno, "look at the object");
  if ((uint64_t)st.st_size != entry->size)
    return too_short (err);
  return fill_file (m, entry, from, &st, m->may_link, folder, name, err);
}

static int
make_entry (maker *m, const azml__manifest_entry *entry, azml_error **err)
{
  const char *slash = strrchr (entry->path, '/');
  const char *name = slash ? slash + 1 : entry->path;
  int folder = -1;
  int rc = azml__cancel_check (m->cancel, err);
  if (rc == 0)
    rc = go_to (m, entry->path, (size_t)(name - entry->path), &folder, err);
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
azml__snapshot_materialise (azml__objects *objects, const azml__digest *digest,
                            const char *target, azml_cancel *cancel,
                            azml__materialise_report *ret_report,
                            json_t **ret_linked, azml_error **err)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_CLEANUP (maker_done)
  maker m = { .objects = objects, .cancel = cancel, .here = -1 };
  int rc = azml__manifest_load (objects, digest, &manifest, err);
  if (rc < 0)
    return rc;
  m.linked = json_array ();
  m.buffer = malloc (BUFFER);
  if (!m.linked || !m.buffer)
    return azml__error_no_memory (err);
  rc = azml__folder_open (target, &m.levels[0].fd, err);
  if (rc < 0)
    return rc;
  m.depth = 1;
  m.may_clone = may_clone (objects, m.levels[0].fd);
  m.may_link = m.may_clone && geteuid () != 0;
  for (size_t i = 0; i < manifest.count; i++)
    {
      rc = make_entry (&m, &manifest.entries[i], err);
      if (rc < 0)
        return azml__error_prefix (err, rc, "'%s'", manifest.entries[i].path);
    }
  if (ret_report)
    *ret_report = m.report;
  if (ret_linked)
    *ret_linked = azml_steal (&m.linked);
  return 0;
}

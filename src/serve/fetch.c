/* fetch.c: fetch: a folder of a run, as a manifest and the contents of its files.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Links are told and never followed: not on the way to the folder, and not in it.  The
   digests in the manifest are zeros, because a file is sent as it is when its turn
   comes, and reading it twice would say nothing about that.  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "lease/gpus.h"
#include "serve/private.h"
#include "snapshot/manifest.h"

#define FETCH_STREAM 1
#define DEPTH_LIMIT 200
#define LIST_PART 5000 /* entries in one frame */

typedef struct fetch
{
  int folder; /* the folder that is fetched, or the one its only file is in */
  azml__manifest manifest;
  azml__buffer head; /* u64 length and manifest */
  size_t head_sent;
  size_t next;      /* entry */
  int fd;           /* its file; -1: not open */
  off_t offset;     /* in it */
  uint64_t *starts; /* where each entry begins, if files were chosen */
  int shrunk;
  json_t *changed;
  json_t *unread; /* entries of the list for what cannot be read */
  json_int_t files, bytes;
} fetch;

static void
fetch_free (azml__request *request)
{
  fetch *f = request->state;
  azml__manifest_done (&f->manifest);
  azml__buffer_done (&f->head);
  json_decref (f->changed);
  json_decref (f->unread);
  free (f->starts);
  if (f->fd >= 0)
    close (f->fd);
  if (f->folder >= 0)
    close (f->folder);
  free (f);
}

/* Open PATH below FOLDER, no part of which may be a link.  */
static int
open_below (int folder, const char *path, int flags, int *ret_fd, azml_error **err)
{
  AZML_AUTO_CLOSE int at = -1;
  const char *part = path;
  for (;;)
    {
      size_t n = strcspn (part, "/");
      int last = part[n] == '\0';
      AZML_AUTO_FREE char *name = strndup (part, n);
      if (!name)
        return azml__error_no_memory (err);
      int fd = openat (at < 0 ? folder : at, name,
                       (last ? flags : O_RDONLY | O_DIRECTORY) | O_NOFOLLOW
                           | O_CLOEXEC | O_NONBLOCK);
      if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        return azml__error (err, AZML_E_INVALID, "'%s' leads through a link", path);
      if (fd < 0)
        return azml__error_os (err, errno, "open '%s'", path);
      if (at >= 0)
        close (at);
      at = fd;
      if (last)
        break;
      part += n + 1;
    }
  *ret_fd = azml__steal_fd (&at);
  return 0;
}

/* What is at PATH cannot be read, for WHY: that is told, and the rest goes on.  */
static int
note_unread (fetch *f, const char *path, const char *why, azml_error **err)
{
  json_t *entry = json_pack ("{s:s, s:o, s:s}", "type", "?", "path",
                             azml__json_text (path), "error", why);
  return json_array_append_new (f->unread, entry) < 0 ? azml__error_no_memory (err)
                                                      : 0;
}

/* The same for what the system says of NAME in FOLDER, unless that is that it is gone.  */
static int
note_errno (fetch *f, int folder, const char *name, const char *path,
            azml_error **err)
{
  char text[128], user[64], why[256];
  struct stat st;
  int errnum = errno;
  if (errnum == ENOENT)
    return 0;
  snprintf (why, sizeof why, "%s", strerror_r (errnum, text, sizeof text));
  if (errnum == EACCES && fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0
      && st.st_uid != geteuid ())
    {
      azml__gpus_user (st.st_uid, user, sizeof user);
      snprintf (why + strlen (why), sizeof why - strlen (why), ", it belongs to %s",
                user);
    }
  return note_unread (f, path, why, err);
}

static int
walk (fetch *f, int folder, const char *prefix, int depth, azml_error **err);

static int
walk_below (fetch *f, int folder, const char *name, const char *path, int depth,
            azml_error **err)
{
  if (depth > DEPTH_LIMIT)
    return note_unread (f, path, "nested too deep", err);
  int fd = openat (folder, name,
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  return fd < 0 ? note_errno (f, folder, name, path, err)
                : walk (f, fd, path, depth, err);
}

/* Add what NAME of FOLDER is; its place in the manifest is PATH.  Sockets, FIFOs and
   devices are left out.  */
static int
add_entry (fetch *f, int folder, const char *name, const char *path, int depth,
           azml_error **err)
{
  struct stat st;
  azml__manifest_entry entry = { 0 };
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return note_errno (f, folder, name, path, err);
  if (S_ISDIR (st.st_mode))
    {
      size_t before = f->manifest.count, unread = json_array_size (f->unread);
      int rc = walk_below (f, folder, name, path, depth + 1, err);
      if (rc < 0 || f->manifest.count > before
          || json_array_size (f->unread) > unread)
        return rc;
      entry.type = 'd';
    }
  else if (S_ISREG (st.st_mode))
    {
      if (faccessat (folder, name, R_OK, 0) < 0)
        return note_errno (f, folder, name, path, err);
      entry.type = st.st_mode & 0100 ? 'x' : 'f';
      entry.size = (uint64_t)st.st_size;
    }
  else if (S_ISLNK (st.st_mode))
    {
      char target[4096];
      ssize_t n = readlinkat (folder, name, target, sizeof target - 1);
      if (n <= 0)
        return 0;
      entry.type = 'l';
      entry.target = strndup (target, (size_t)n);
      if (!entry.target)
        return azml__error_no_memory (err);
    }
  else
    return 0;
  entry.path = strdup (path);
  if (!entry.path)
    {
      free (entry.target);
      return azml__error_no_memory (err);
    }
  return azml__manifest_add (&f->manifest, &entry, err);
}

/* Add what is in FOLDER (taken).  PREFIX is "" at the top.  */
static int
walk (fetch *f, int folder, const char *prefix, int depth, azml_error **err)
{
  AZML_AUTO (DIR) dir = fdopendir (folder);
  struct dirent *entry;
  if (!dir)
    {
      close (folder);
      return azml__error_no_memory (err);
    }
  while ((errno = 0, entry = readdir (dir)))
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      AZML_AUTO_FREE char *path = *prefix ? azml__path_join (prefix, entry->d_name)
                                          : strdup (entry->d_name);
      int rc = path ? add_entry (f, dirfd (dir), entry->d_name, path, depth, err)
                    : azml__error_no_memory (err);
      if (rc < 0)
        return rc;
    }
  return errno ? note_errno (f, dirfd (dir), ".", prefix, err) : 0;
}

/* Make the manifest of PATH in the run directory RUN.  */
static int
prepare (fetch *f, int run, const char *path, azml_error **err)
{
  AZML_AUTO_BUFFER body = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *above = azml__path_folder (path);
  struct stat st;
  int fd = -1;
  if (!above)
    return azml__error_no_memory (err);
  int rc = open_below (run, path, O_RDONLY, &f->folder, err);
  if (rc < 0)
    return rc;
  if (fstat (f->folder, &st) == 0 && S_ISDIR (st.st_mode))
    {
      rc = open_below (f->folder, ".", O_RDONLY | O_DIRECTORY, &fd, err);
      if (rc == 0)
        rc = walk (f, fd, "", 0, err);
    }
  else
    {
      close (azml__steal_fd (&f->folder));
      rc = open_below (run, above, O_RDONLY | O_DIRECTORY, &f->folder, err);
      if (rc == 0)
        rc = add_entry (f, f->folder, azml__path_base (path),
                        azml__path_base (path), 0, err);
    }
  if (rc == 0)
    rc = azml__manifest_sort (&f->manifest, err);
  if (rc == 0)
    rc = azml__manifest_encode (&f->manifest, &body, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_u64 (&f->head, body.length);
  azml__buffer_add (&f->head, body.data, body.length);
  return azml__buffer_ok (&f->head) ? 0 : azml__error_no_memory (err);
}

static int
send_head (azml__request *request, azml_error **err)
{
  fetch *f = request->state;
  size_t n = f->head.length - f->head_sent;
  if (n > AZML__FRAME_CHUNK)
    n = AZML__FRAME_CHUNK;
  int rc = azml__request_data (request, FETCH_STREAM, f->head.data + f->head_sent,
                               n, err);
  f->head_sent += n;
  return rc;
}

/* The last piece of ENTRY is on its way, or nothing of it can be.  */
static int
end_file (fetch *f, const azml__manifest_entry *entry, azml_error **err)
{
  if (f->fd >= 0)
    close (azml__steal_fd (&f->fd));
  if (f->shrunk
      && json_array_append_new (f->changed, azml__json_text (entry->path)) < 0)
    return azml__error_no_memory (err);
  f->shrunk = 0;
  f->files++;
  f->bytes += (json_int_t)entry->size;
  f->bytes -= f->starts ? (json_int_t)f->starts[f->next] : 0;
  f->next++;
  f->offset =
      f->starts && f->next < f->manifest.count ? (off_t)f->starts[f->next] : 0;
  return 0;
}

/* Queue the next piece of ENTRY, as many bytes as were promised.  A file that cannot be
   opened any more counts as one that has shrunk to nothing.  */
static int
send_content (azml__request *request, const azml__manifest_entry *entry,
              azml_error **err)
{
  static const char zeros[65536];
  fetch *f = request->state;
  uint64_t left = entry->size - (uint64_t)f->offset;
  if (left == 0)
    return end_file (f, entry, err);
  if (f->fd < 0 && !f->shrunk)
    f->shrunk = open_below (f->folder, entry->path, O_RDONLY, &f->fd, NULL) < 0;
  size_t limit = f->fd < 0 ? sizeof zeros : AZML__FRAME_CHUNK;
  size_t n = left < limit ? (size_t)left : limit;
  int rc = f->fd < 0 ? azml__request_data (request, FETCH_STREAM, zeros, n, err)
                     : azml__request_segment (request, FETCH_STREAM, f->fd,
                                              f->offset, n, &f->shrunk, err);
  f->offset += (off_t)n;
  return rc;
}

static int
fetch_work (azml__request *request, azml_error **err)
{
  fetch *f = request->state;
  if (f->head_sent < f->head.length)
    return send_head (request, err);
  while (f->next < f->manifest.count
         && !strchr ("fx", f->manifest.entries[f->next].type))
    f->next++;
  if (f->next < f->manifest.count)
    return send_content (request, &f->manifest.entries[f->next], err);
  json_t *reply = json_pack ("{s:I, s:I}", "files", f->files, "bytes", f->bytes);
  if (reply && json_array_size (f->changed))
    json_object_set (reply, "changed", f->changed);
  if (reply && json_array_size (f->unread))
    json_object_set (reply, "unread", f->unread);
  return azml__request_reply (request, reply, err);
}

/* What the manifest holds, for a client that chooses.  */
static int
reply_list (azml__request *request, azml_error **err)
{
  fetch *f = request->state;
  AZML_AUTO (json_t) all = json_array ();
  for (size_t i = 0; i < f->manifest.count; i++)
    {
      const azml__manifest_entry *entry = &f->manifest.entries[i];
      char type[2] = { entry->type, '\0' };
      struct stat st = { 0 };
      json_t *json = json_pack ("{s:s, s:o}", "type", type, "path",
                                azml__json_text (entry->path));
      if (entry->type == 'l')
        json_object_set_new (json, "target", azml__json_text (entry->target));
      else if (entry->type != 'd'
               && fstatat (f->folder, entry->path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        {
          json_object_set_new (json, "size",
                               json_integer ((json_int_t)entry->size));
          json_object_set_new (
              json, "mtime",
              json_integer ((json_int_t)st.st_mtim.tv_sec * 1000000000
                            + st.st_mtim.tv_nsec));
        }
      else if (entry->type != 'd')
        {
          json_decref (json);
          continue; /* it is gone */
        }
      if (json_array_append_new (all, json) < 0)
        return azml__error_no_memory (err);
    }
  if (json_array_extend (all, f->unread) < 0)
    return azml__error_no_memory (err);
  return azml__request_reply_parts (request, "entries", all, LIST_PART, NULL, err);
}

/* Take [{"path", "offset", "size"}]: of which files what is to be sent, in that order.  */
static int
choose (fetch *f, int run, const char *path, const json_t *files, azml_error **err)
{
  size_t n = json_array_size (files);
  int rc = open_below (run, path, O_RDONLY | O_DIRECTORY, &f->folder, err);
  f->starts = calloc (n + 1, sizeof *f->starts);
  if (rc == 0 && !f->starts)
    rc = azml__error_no_memory (err);
  for (size_t i = 0; rc == 0 && i < n; i++)
    {
      const json_t *file = json_array_get (files, i);
      json_int_t offset = azml__json_integer (file, "offset", 0),
                 size = azml__json_integer (file, "size", -1);
      azml__manifest_entry entry = { .type = 'f',
                                     .size = (uint64_t)size,
                                     .path = azml__json_get_bytes (
                                         json_object_get (file, "path"), NULL) };
      if (!entry.path || !azml__path_is_inside (entry.path) || offset < 0
          || size < offset)
        {
          free (entry.path);
          return azml__error (err, AZML_E_INVALID, "fetch: file %zu of the list",
                              i + 1);
        }
      f->starts[i] = (uint64_t)offset;
      rc = azml__manifest_add (&f->manifest, &entry, err);
    }
  f->offset = n ? (off_t)f->starts[0] : 0;
  return rc;
}

/* The client has seen enough.  */
static int
fetch_close (azml__request *request, azml_error **err)
{
  return azml__request_reply (request, json_pack ("{s:b}", "closed", 1), err);
}

static const azml__request_ops fetch_ops = { .close = fetch_close,
                                             .work = fetch_work,
                                             .free = fetch_free };

int
azml__serve_fetch (azml__request *request, const json_t *args, azml_error **err)
{
  AZML_AUTO_FREE char *path =
      azml__json_get_bytes (json_object_get (args, "path"), NULL);
  AZML_AUTO_FREE char *run = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  const char *id = "";
  int rc = azml__request_run_id (args, &id, err);
  if (rc == 0 && (!path || !azml__path_is_inside (path)))
    rc = azml__error (err, AZML_E_INVALID, "fetch: the path '%.200s'",
                      path ? path : "");
  if (rc == 0)
    rc = azml__layout_run (&request->serve->layout, id, &run, err);
  if (rc == 0)
    rc = azml__folder_open (run, &folder, err);
  fetch *f = rc < 0 ? NULL : calloc (1, sizeof *f);
  if (!f)
    return rc < 0 ? rc : azml__error_no_memory (err);
  f->folder = f->fd = -1;
  f->changed = json_array ();
  f->unread = json_array ();
  request->state = f;
  request->ops = &fetch_ops;
  request->awake = 1;
  const json_t *files = json_object_get (args, "files");
  if (files)
    return choose (f, folder, path, files, err);
  rc = prepare (f, folder, path, err);
  if (rc == 0 && json_is_true (json_object_get (args, "list")))
    rc = reply_list (request, err);
  return rc;
}

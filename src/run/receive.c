/* receive.c: the outputs of a run that are fetched from another machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "digest/sha256.h"

#define PARTS ".fetch"
#define PART_NAME_SIZE 33
#define LARGEST ((json_int_t)1 << 60)
#define WHY_LIMIT 200
#define PATH_LIMIT 2048 /* below the folder outputs; the system takes 4096 in all */

typedef struct entry
{
  char *path;
  int executable;
  uint64_t size;
  int64_t mtime_ns;
  uint64_t offset; /* what came before */
  char part[PART_NAME_SIZE];
} entry;

struct azml__receiver
{
  atomic_int references;
  int outputs, parts; /* folders */
  entry *entries;     /* that are to come */
  size_t count, next;
  int fd; /* the part that grows, -1: none */
  uint64_t have, total, received;
  json_t *report, *links;
};

azml__receiver *
azml__receiver_ref (azml__receiver *receiver)
{
  atomic_fetch_add (&receiver->references, 1);
  return receiver;
}

void
azml__receiver_unref (azml__receiver *receiver)
{
  if (!receiver || atomic_fetch_sub (&receiver->references, 1) != 1)
    return;
  int *fds[] = { &receiver->fd, &receiver->parts, &receiver->outputs };
  for (int i = 0; i < 3; i++)
    if (*fds[i] >= 0)
      close (azml__steal_fd (fds[i]));
  for (size_t i = 0; i < receiver->count; i++)
    free (receiver->entries[i].path);
  free (receiver->entries);
  json_decref (receiver->report);
  json_decref (receiver->links);
  free (receiver);
}

static void
note (azml__receiver *receiver, const char *key, json_t *value)
{
  json_array_append_new (json_object_get (receiver->report, key), value);
}

static void
count (azml__receiver *receiver, const char *key, uint64_t more)
{
  json_t *number = json_object_get (receiver->report, key);
  json_integer_set (number, json_integer_value (number) + (json_int_t)more);
}

/* Open the folder that PATH is in, below FOLDER, with MAKE making what is missing; links
   are not followed.  Store the last part of PATH in *RET_NAME (borrowed).  -1: errno.  */
static int
open_above (int folder, const char *path, int make, const char **ret_name)
{
  int at = dup (folder);
  const char *slash;
  while (at >= 0 && (slash = strchr (path, '/')))
    {
      char name[256];
      int fd = -1;
      if (slash - path >= (ptrdiff_t)sizeof name)
        errno = ENAMETOOLONG;
      else
        {
          snprintf (name, sizeof name, "%.*s", (int)(slash - path), path);
          if (!make || mkdirat (at, name, 0777) == 0 || errno == EEXIST)
            fd = openat (at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
      int saved = errno;
      close (at);
      errno = saved;
      at = fd;
      path = slash + 1;
    }
  *ret_name = path;
  return at;
}

/* 1 if the file is here as it is there.  */
static int
is_here (const azml__receiver *receiver, const entry *e)
{
  const char *name;
  struct stat st;
  AZML_AUTO_CLOSE int folder = open_above (receiver->outputs, e->path, 0, &name);
  return folder >= 0 && fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISREG (st.st_mode) && (uint64_t)st.st_size == e->size
         && (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec
                == e->mtime_ns;
}

/* Name the part after what it is a part of, and look how much of it there is.  */
static void
find_part (const azml__receiver *receiver, entry *e)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  struct stat st;
  azml__digest digest;
  AZML_AUTO_FREE char *what = azml__path_format (
      "%llu %lld %s", (unsigned long long)e->size, (long long)e->mtime_ns, e->path);
  if (what)
    azml__sha256_bytes (what, strlen (what), &digest);
  else
    memset (&digest, 0, sizeof digest);
  azml__digest_hex (&digest, hex);
  memcpy (e->part, hex, PART_NAME_SIZE - 1);
  if (fstatat (receiver->parts, e->part, &st, AT_SYMLINK_NOFOLLOW) == 0
      && S_ISREG (st.st_mode) && (uint64_t)st.st_size <= e->size)
    e->offset = (uint64_t)st.st_size;
}

/* Take the file JSON into the list, unless it is here or too large.  PATH is taken.  */
static int
add_file (azml__receiver *receiver, char *path, const json_t *json, uint64_t limit,
          azml_error **err)
{
  AZML_AUTO_FREE char *owned = path;
  json_int_t size = azml__json_integer (json, "size", -1);
  entry e = { .path = path,
              .executable = strcmp (azml__json_string (json, "type"), "x") == 0,
              .size = (uint64_t)size,
              .mtime_ns = azml__json_integer (json, "mtime", 0) };
  if (size < 0 || size > LARGEST)
    return azml__error (err, AZML_E_PROTOCOL, "a file of %lld bytes",
                        (long long)size);
  if (is_here (receiver, &e))
    {
      count (receiver, "kept", 1);
      return 0;
    }
  if (e.size > limit)
    {
      note (
          receiver, "over",
          json_pack ("{s:o, s:I}", "path", azml__json_text (path), "bytes", size));
      return 0;
    }
  if ((receiver->count & (receiver->count - 1)) == 0)
    {
      size_t n = receiver->count ? 2 * receiver->count : 1;
      entry *grown = realloc (receiver->entries, n * sizeof *grown);
      if (!grown)
        return azml__error_no_memory (err);
      receiver->entries = grown;
    }
  find_part (receiver, &e);
  receiver->total += e.size - e.offset;
  receiver->entries[receiver->count++] = e;
  azml_steal (&owned);
  return 0;
}

/* 1 if a link at PATH to TARGET stays within the outputs: ".." only in front, where it
   goes through real folders, and not above the top.  */
static int
stays_inside (const char *path, const char *target)
{
  int depth = 0;
  if (*target == '/' || !*target)
    return 0;
  for (const char *p = path; (p = strchr (p, '/')); p++)
    depth++;
  for (; strncmp (target, "../", 3) == 0; target += 3)
    depth--;
  if (strcmp (target, "..") == 0)
    return depth > 0;
  return depth >= 0
         && (!*target || strcmp (target, ".") == 0
             || azml__path_is_inside (target));
}

static int
add_entry (azml__receiver *receiver, json_t *json, uint64_t limit, azml_error **err)
{
  AZML_AUTO_FREE char *path =
      azml__json_get_bytes (json_object_get (json, "path"), NULL);
  const char *type = azml__json_string (json, "type"), *name;
  if (!path || !type || !azml__path_is_inside (path) || strlen (path) > PATH_LIMIT)
    {
      if (path && strlen (path) > PATH_LIMIT)
        path[PATH_LIMIT] = '\0';
      note (receiver, "refused", azml__json_text (path ? path : ""));
      return 0;
    }
  if (strcmp (type, "f") == 0 || strcmp (type, "x") == 0)
    return add_file (receiver, azml_steal (&path), json, limit, err);
  if (strcmp (type, "l") == 0)
    return json_array_append (receiver->links, json) < 0
               ? azml__error_no_memory (err)
               : 0;
  if (strcmp (type, "?") == 0)
    {
      const char *why = azml__json_string (json, "error");
      note (receiver, "unread",
            json_pack ("{s:o, s:s}", "path", azml__json_text (path), "error",
                       why && strlen (why) <= WHY_LIMIT ? why
                                                        : "no reason was told"));
      return 0;
    }
  AZML_AUTO_CLOSE int folder = open_above (receiver->outputs, path, 1, &name);
  if (strcmp (type, "d") != 0 || folder < 0
      || (mkdirat (folder, name, 0777) < 0 && errno != EEXIST))
    note (receiver, "refused", azml__json_text (path));
  return 0;
}

static int
open_folder (int folder, const char *name, mode_t mode, int *ret, azml_error **err)
{
  if (mkdirat (folder, name, mode) < 0 && errno != EEXIST)
    return azml__error_os (err, errno, "make the folder '%s'", name);
  *ret = openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return *ret < 0 ? azml__error_os (err, errno, "open the folder '%s'", name) : 0;
}

int
azml__receiver_new (int folder, const json_t *entries, uint64_t limit,
                    azml__receiver **ret, azml_error **err)
{
  AZML_AUTO (azml__receiver) receiver = calloc (1, sizeof *receiver);
  if (!receiver)
    return azml__error_no_memory (err);
  atomic_init (&receiver->references, 1);
  receiver->fd = receiver->outputs = receiver->parts = -1;
  receiver->links = json_array ();
  receiver->report =
      json_pack ("{s:i, s:i, s:i, s:[], s:[], s:[], s:[]}", "files", 0, "bytes", 0,
                 "kept", 0, "over", "refused", "changed", "unread");
  if (!receiver->links || !receiver->report)
    return azml__error_no_memory (err);
  int rc = open_folder (folder, "outputs", 0777, &receiver->outputs, err);
  if (rc == 0)
    rc = open_folder (folder, PARTS, 0700, &receiver->parts, err);
  for (size_t i = 0; rc == 0 && i < json_array_size (entries); i++)
    rc = add_entry (receiver, json_array_get (entries, i), limit, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&receiver);
  return 0;
}

json_t *
azml__receiver_wanted (const azml__receiver *receiver)
{
  json_t *wanted = json_array ();
  for (size_t i = 0; i < receiver->count; i++)
    {
      const entry *e = &receiver->entries[i];
      json_array_append_new (wanted, json_pack ("{s:o, s:I, s:I}", "path",
                                                azml__json_text (e->path), "offset",
                                                (json_int_t)e->offset, "size",
                                                (json_int_t)e->size));
    }
  return wanted;
}

uint64_t
azml__receiver_total (const azml__receiver *receiver)
{
  return receiver->total;
}

uint64_t
azml__receiver_received (const azml__receiver *receiver)
{
  return receiver->received;
}

static int
open_part (azml__receiver *receiver, const entry *e, azml_error **err)
{
  receiver->fd =
      openat (receiver->parts, e->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
              e->executable ? 0777 : 0666);
  receiver->have = e->offset;
  return receiver->fd < 0 ? azml__error_os (err, errno, "write '%s'", e->path) : 0;
}

/* The file is whole: give it its time and its name.  A name that cannot be given is
   told, and the other files go on.  */
static int
end_part (azml__receiver *receiver, const entry *e, azml_error **err)
{
  const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                     { .tv_sec = e->mtime_ns / 1000000000,
                                       .tv_nsec = e->mtime_ns % 1000000000 } };
  const char *name;
  /* It may have been there longer than it is now said to be.  */
  if (ftruncate (receiver->fd, (off_t)e->size) < 0)
    return azml__error_os (err, errno, "write '%s'", e->path);
  (void)!futimens (receiver->fd, times);
  if (close (azml__steal_fd (&receiver->fd)) < 0)
    return azml__error_os (err, errno, "write '%s'", e->path);
  AZML_AUTO_CLOSE int folder = open_above (receiver->outputs, e->path, 1, &name);
  if (folder < 0 || renameat (receiver->parts, e->part, folder, name) < 0)
    {
      unlinkat (receiver->parts, e->part, 0);
      note (receiver, "refused", azml__json_text (e->path));
      return 0;
    }
  count (receiver, "files", 1);
  count (receiver, "bytes", e->size);
  return 0;
}

/* Open the file whose turn it is and end those that are whole.  */
static int
advance (azml__receiver *receiver, azml_error **err)
{
  int rc = 0;
  while (rc == 0 && receiver->next < receiver->count)
    {
      const entry *e = &receiver->entries[receiver->next];
      if (receiver->fd < 0)
        rc = open_part (receiver, e, err);
      if (rc < 0 || receiver->have < e->size)
        return rc;
      rc = end_part (receiver, e, err);
      receiver->next++;
    }
  return rc;
}

int
azml__receiver_take (void *state, const char *data, size_t n, azml_error **err)
{
  azml__receiver *receiver = state;
  while (n)
    {
      int rc = advance (receiver, err);
      if (rc < 0)
        return rc;
      if (receiver->next == receiver->count)
        return azml__error (err, AZML_E_PROTOCOL,
                            "azml-runner sent more than was asked for");
      uint64_t left = receiver->entries[receiver->next].size - receiver->have;
      size_t part = left < n ? (size_t)left : n;
      ssize_t done = pwrite (receiver->fd, data, part, (off_t)receiver->have);
      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0)
        return azml__error_os (err, errno, "write '%s'",
                               receiver->entries[receiver->next].path);
      receiver->have += (uint64_t)done;
      receiver->received += (uint64_t)done;
      data += done;
      n -= (size_t)done;
    }
  return advance (receiver, err);
}

static void
make_links (azml__receiver *receiver)
{
  for (size_t i = 0; i < json_array_size (receiver->links); i++)
    {
      json_t *json = json_array_get (receiver->links, i);
      AZML_AUTO_FREE char *path =
          azml__json_get_bytes (json_object_get (json, "path"), NULL);
      AZML_AUTO_FREE char *target =
          azml__json_get_bytes (json_object_get (json, "target"), NULL);
      const char *name;
      AZML_AUTO_CLOSE int folder = -1;
      if (path && target && stays_inside (path, target))
        folder = open_above (receiver->outputs, path, 1, &name);
      if (folder < 0 || (symlinkat (target, folder, name) < 0 && errno != EEXIST))
        note (receiver, "refused", azml__json_text (path ? path : ""));
    }
}

/* Take away what came of those files of CHANGED that were asked for: they are not whole.
   A name counts once, however often it is said.  */
static int
drop_changed (azml__receiver *receiver, const json_t *changed, azml_error **err)
{
  AZML_AUTO (json_t) asked = json_object ();
  for (size_t i = 0; json_array_size (changed) && i < receiver->count; i++)
    if (json_object_set_new_nocheck (asked, receiver->entries[i].path, json_true ())
        < 0)
      return azml__error_no_memory (err);
  for (size_t i = 0; i < json_array_size (changed); i++)
    {
      const char *name;
      AZML_AUTO_FREE char *path =
          azml__json_get_bytes (json_array_get (changed, i), NULL);
      if (!path || json_object_del (asked, path) < 0)
        continue;
      AZML_AUTO_CLOSE int folder = open_above (receiver->outputs, path, 0, &name);
      if (folder >= 0)
        unlinkat (folder, name, 0);
      note (receiver, "changed", azml__json_text (path));
    }
  return 0;
}

int
azml__receiver_end (azml__receiver *receiver, const json_t *changed, json_t **ret,
                    azml_error **err)
{
  int rc = advance (receiver, err);
  if (rc < 0)
    return rc;
  if (receiver->next < receiver->count)
    return azml__error (err, AZML_E_PROTOCOL,
                        "azml-runner sent less than was asked for");
  make_links (receiver);
  rc = drop_changed (receiver, changed, err);
  if (rc < 0)
    return rc;
  *ret = json_incref (receiver->report);
  return 0;
}

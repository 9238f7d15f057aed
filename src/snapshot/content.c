/* content.c: read a file once, digest it, store just that.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "core/cancel.h"
#include "core/file.h"
#include "snapshot/cache.h"

#define TIMES 3 /* that a file is read before it counts as changing */

/* Time stamps of files come from a clock that ticks this seldom, at worst.  */
#define TICK_NS ((int64_t)12000000)

typedef struct reading
{
  azml__content *content;
  const char *path;
  int fd;
  const azml__digest *last; /* NULL: unknown, or not the size of the file */
  uint64_t size;            /* what was read */
  azml__digest digest;
} reading;

static int64_t
now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
pause_ns (int64_t ns)
{
  struct timespec time = { 0, (long)ns };
  nanosleep (&time, NULL);
}

/* Was the file modified so lately that another change could bear the same stamp? */
static int
is_fresh (const azml__file_key *key)
{
  int64_t age = now_ns () - key->ctime_ns;
  return age >= 0 && age < TICK_NS;
}

/* Read a file of SIZE bytes, which fits into the buffer with one to spare: a file that
   has more than it says is not whole.  */
static int
read_small (reading *r, size_t size, azml_error **err)
{
  size_t n;
  int rc = azml__file_pread (r->fd, r->content->data, size + 1, 0, &n, err);
  if (rc < 0)
    return rc;
  r->size = n;
  return 0;
}

/* Read a file of any size piece by piece, into WRITER unless it is NULL.  */
static int
read_large (reading *r, azml__object_writer *writer, azml_error **err)
{
  azml__content *content = r->content;
  azml__sha256 hash;
  size_t n = AZML__CONTENT_BUFFER;
  azml__sha256_init (&hash);
  for (r->size = 0; n == AZML__CONTENT_BUFFER; r->size += n)
    {
      int rc = azml__cancel_check (content->cancel, err);
      if (rc == 0)
        rc = azml__file_pread (r->fd, content->data, AZML__CONTENT_BUFFER,
                               (off_t)r->size, &n, err);
      if (rc == 0 && writer)
        rc = azml__object_writer_add (writer, content->data, n, err);
      else if (rc == 0)
        azml__sha256_add (&hash, content->data, n);
      if (rc < 0)
        return rc;
    }
  if (!writer)
    azml__sha256_end (&hash, &r->digest);
  return 0;
}

/* Store 1 in *RET if the file is still what KEY says and all of it was read.  */
static int
is_whole (const reading *r, const azml__file_key *key, int *ret, azml_error **err)
{
  struct stat st;
  azml__file_key after;
  if (fstat (r->fd, &st) < 0)
    return azml__error_os (err, errno, "look at the file");
  azml__file_key_fill (&after, &st);
  *ret = azml__file_key_equal (&after, key) && r->size == key->size;
  return 0;
}

/* Is the file what it was when it was last looked at?  Then it need not be written
   only to find that it is there.  */
static int
is_as_last (reading *r, const azml__file_key *key, int *ret, azml_error **err)
{
  *ret = 0;
  if (!r->last || !azml__objects_has_size (r->content->objects, r->last, key->size))
    return 0;
  int rc = read_large (r, NULL, err);
  if (rc < 0 || memcmp (&r->digest, r->last, sizeof r->digest) != 0)
    return rc;
  return is_whole (r, key, ret, err);
}

/* Let the tap know of a large file.  Its name is the same as long as nobody touches it.  */
static void
tell_begin (const reading *r, const azml__file_key *key,
            azml__object_writer *writer)
{
  const azml__object_tap *tap = r->content->tap;
  azml__sha256 hash;
  azml__digest name;
  if (!tap || key->size < AZML__CONTENT_LARGE)
    return;
  azml__sha256_init (&hash);
  azml__sha256_add (&hash, r->path, strlen (r->path) + 1);
  azml__sha256_add (&hash, key, sizeof *key);
  azml__sha256_end (&hash, &name);
  azml__object_writer_tap (writer, tap, &name, key->size);
}

/* Read and store the file once.  Store 1 in *RET_DONE if it did not change.  */
static int
store_once (reading *r, const azml__file_key *key, int *ret_done, azml_error **err)
{
  azml__content *content = r->content;
  if (key->size < AZML__CONTENT_BUFFER)
    {
      int rc = read_small (r, (size_t)key->size, err);
      if (rc == 0)
        rc = is_whole (r, key, ret_done, err);
      if (rc < 0 || !*ret_done)
        return rc;
      return azml__objects_add (content->objects, content->data, (size_t)r->size,
                                &r->digest, err);
    }
  int rc = is_as_last (r, key, ret_done, err);
  if (rc < 0 || *ret_done)
    return rc;
  AZML_AUTO (azml__object_writer) writer = NULL;
  rc = azml__object_writer_new (content->objects, &writer, err);
  if (rc == 0)
    tell_begin (r, key, writer);
  if (rc == 0 && content->may_clone)
    rc = azml__object_writer_clone (writer, r->fd, content->cancel, &r->size,
                                    &content->may_clone, err);
  if (rc == 0 && !content->may_clone)
    rc = read_large (r, writer, err);
  if (rc == 0)
    rc = is_whole (r, key, ret_done, err);
  if (rc < 0 || !*ret_done)
    return rc;
  return azml__object_writer_end (azml_steal (&writer), NULL, &r->digest, err);
}

/* Look at the file before it is read: what it is, into *ST and *KEY.  Store 0 in
   *RET_CALM if it is being written to at this very moment.  */
static int
look (const reading *r, struct stat *st, azml__file_key *key, int *ret_calm,
      azml_error **err)
{
  for (int i = 0; i < 2; i++)
    {
      if (fstat (r->fd, st) < 0)
        return azml__error_os (err, errno, "look at the file");
      if (!S_ISREG (st->st_mode))
        return azml__error (err, AZML_E_CHANGED, "it is a file no longer");
      azml__file_key_fill (key, st);
      *ret_calm = !is_fresh (key);
      if (*ret_calm)
        break;
      pause_ns (TICK_NS);
    }
  return 0;
}

static int
store_steadily (reading *r, azml__walk_entry *entry, azml_error **err)
{
  for (int i = 0; i < TIMES; i++)
    {
      struct stat st;
      int calm, done = 0;
      int rc = look (r, &st, &entry->key, &calm, err);
      if (rc == 0 && (calm || i + 1 == TIMES))
        rc = store_once (r, &entry->key, &done, err);
      if (rc < 0)
        return rc;
      if (!done)
        continue;
      int64_t newest = entry->key.mtime_ns > entry->key.ctime_ns
                           ? entry->key.mtime_ns
                           : entry->key.ctime_ns;
      entry->settled = now_ns () - newest >= AZML__CACHE_RACY_NS;
      entry->entry.type = st.st_mode & S_IXUSR ? 'x' : 'f';
      entry->entry.size = r->size;
      entry->entry.digest = r->digest;
      return 0;
    }
  int rc = azml__error (err, AZML_E_CHANGED, "it changes while it is read");
  azml__error_hint (err, "wait until it is written, or name it in .azmlignore");
  return rc;
}

int
azml__content_store (azml__content *content, azml__walk_entry *entry,
                     const azml__digest *last, uint64_t last_size, int *ret_found,
                     azml_error **err)
{
  const char *path = entry->entry.path;
  /* O_NONBLOCK: should it have become a FIFO, this must not wait for a writer.  */
  AZML_AUTO_CLOSE int fd =
      azml__walk_open (content->root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  *ret_found = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
  if (!*ret_found)
    return 0;
  if (fd < 0 && errno == ELOOP)
    return azml__error (err, AZML_E_CHANGED, "'%s' is a file no longer", path);
  if (fd < 0)
    {
      int rc = azml__error_os (err, errno, "read '%s'", path);
      if (rc == AZML_E_DENIED)
        azml__error_hint (err, "make it readable, or name it in .azmlignore");
      return rc;
    }
  reading r = { .content = content, .path = path, .fd = fd };
  if (last && last_size == entry->key.size)
    r.last = last;
  int rc = store_steadily (&r, entry, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "'%s'", path);
  if (content->tap && entry->entry.size < AZML__CONTENT_LARGE)
    content->tap->found (content->tap->data, &entry->entry.digest,
                         entry->entry.size);
  return 0;
}

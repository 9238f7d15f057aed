/* cache.c: digests of files that have not changed since.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/cache.h"

#include <fcntl.h>
#include <string.h>

#include "core/file.h"
#include "core/path.h"

#define MAGIC "azmlcac2"
#define MAGIC_SIZE 8
#define COUNT_AT (MAGIC_SIZE + AZML__SHELVES_SIZE)
#define HEAD_SIZE (COUNT_AT + 4)
#define AFTER_PATH ((size_t)5 * 8 + 1 + 32)
#define SHELVES_FROM                                                               \
  256 /* files; for fewer it costs less to look for each object */
#define CACHE_LIMIT ((size_t)1 << 30)

struct azml__cache
{
  azml__buffer data;
  uint32_t count;   /* entries */
  size_t next, end; /* where the current entry is in DATA, and where they end */
  const char *path; /* of the current entry, NULL: there is none */
  size_t path_size;
  const char *rest; /* what follows its path */
  int same_path;    /* the last question was about the current entry */
  azml__digest digest;
  azml__shelves then, now;
};

/* Look at the entry at CACHE->next.  */
static void
look (azml__cache *cache)
{
  const char *p = cache->data.data + cache->next;
  size_t left = cache->end - cache->next;
  cache->path = NULL;
  if (left < 4)
    return;
  size_t n = azml__get_u32 (p);
  if (n == 0 || n > left - 4 || left - 4 - n < AFTER_PATH || p[4 + n - 1] != '\0')
    return;
  cache->path = p + 4;
  cache->path_size = n;
  cache->rest = cache->path + n;
}

char *
azml__cache_file (const char *prefix, const char *source)
{
  AZML_AUTO_FREE char *real = realpath (source, NULL);
  const char *name = real ? real : source;
  char hex[AZML__DIGEST_HEX_SIZE];
  azml__digest digest;
  azml__sha256_bytes (name, strlen (name), &digest);
  return azml__path_format ("%s-%.8s", prefix, azml__digest_hex (&digest, hex));
}

int
azml__cache_load (const char *file, azml__objects *objects, azml__cache **ret,
                  azml_error **err)
{
  AZML_AUTO (azml__cache) cache = calloc (1, sizeof *cache);
  azml__digest digest;
  if (!cache)
    return azml__error_no_memory (err);
  if (file && azml__file_read (AT_FDCWD, file, CACHE_LIMIT, &cache->data, NULL) == 0
      && cache->data.length >= HEAD_SIZE + sizeof digest
      && memcmp (cache->data.data, MAGIC, MAGIC_SIZE) == 0)
    {
      size_t end = cache->data.length - sizeof digest;
      azml__sha256_bytes (cache->data.data, end, &digest);
      if (memcmp (&digest, cache->data.data + end, sizeof digest) == 0)
        {
          cache->count = azml__get_u32 (cache->data.data + COUNT_AT);
          if (cache->count >= SHELVES_FROM)
            {
              azml__shelves_decode (&cache->then, cache->data.data + MAGIC_SIZE);
              azml__shelves_look (&cache->now, objects, 0);
            }
          cache->next = HEAD_SIZE;
          cache->end = end;
          look (cache);
        }
    }
  *ret = azml_steal (&cache);
  return 0;
}

void
azml__cache_free (azml__cache *cache)
{
  if (!cache)
    return;
  azml__buffer_done (&cache->data);
  free (cache);
}

const azml__digest *
azml__cache_find (azml__cache *cache, const char *path, const azml__file_key *key,
                  int *ret_settled)
{
  int order = 1;
  while (cache->path && (order = strcmp (cache->path, path)) < 0)
    {
      cache->next += (size_t)4 + cache->path_size + AFTER_PATH;
      look (cache);
    }
  cache->same_path = cache->path && order == 0;
  if (!cache->same_path)
    return NULL;
  const char *p = cache->rest;
  azml__file_key known = { azml__get_u64 (p), azml__get_u64 (p + 8),
                           azml__get_u64 (p + 16), (int64_t)azml__get_u64 (p + 24),
                           (int64_t)azml__get_u64 (p + 32) };
  memcpy (&cache->digest, p + 41, sizeof cache->digest);
  if (!azml__file_key_equal (&known, key))
    return NULL;
  *ret_settled = p[40] == 1;
  return &cache->digest;
}

const azml__digest *
azml__cache_last (const azml__cache *cache, uint64_t *ret_size)
{
  if (!cache->same_path)
    return NULL;
  *ret_size = azml__get_u64 (cache->rest);
  return &cache->digest;
}

int
azml__cache_is_stored (const azml__cache *cache, const azml__digest *digest)
{
  return azml__shelves_same (&cache->then, &cache->now, digest);
}

int
azml__cache_is_stale (const azml__cache *cache, uint64_t found, uint64_t looked_for)
{
  return found != cache->count || (looked_for && cache->count >= SHELVES_FROM);
}

static void
add_entry (azml__buffer *out, const azml__walk_entry *entry)
{
  const char *path = entry->entry.path;
  const azml__file_key *key = &entry->key;
  size_t n = strlen (path) + 1;
  azml__buffer_add_u32 (out, (uint32_t)n);
  azml__buffer_add (out, path, n);
  azml__buffer_add_u64 (out, key->size);
  azml__buffer_add_u64 (out, key->inode);
  azml__buffer_add_u64 (out, key->device);
  azml__buffer_add_u64 (out, (uint64_t)key->mtime_ns);
  azml__buffer_add_u64 (out, (uint64_t)key->ctime_ns);
  azml__buffer_add_char (out, (char)!!entry->settled);
  azml__buffer_add (out, entry->entry.digest.bytes,
                    sizeof entry->entry.digest.bytes);
}

int
azml__cache_save (const char *file, azml__objects *objects,
                  const azml__walk_entry *entries, size_t count, azml_error **err)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  azml__shelves shelves = { .boot = "" };
  azml__digest digest;
  uint32_t n = 0;
  azml__buffer_add (&out, MAGIC, MAGIC_SIZE);
  if (count >= SHELVES_FROM)
    azml__shelves_look (&shelves, objects, AZML__CACHE_RACY_NS);
  azml__shelves_encode (&shelves, &out);
  azml__buffer_add_u32 (&out, 0);
  for (size_t i = 0; i < count; i++)
    if (entries[i].entry.type == 'f' || entries[i].entry.type == 'x')
      {
        add_entry (&out, &entries[i]);
        n++;
      }
  if (!azml__buffer_ok (&out))
    return azml__error_no_memory (err);
  azml__put_u32 (out.data + COUNT_AT, n);
  azml__sha256_bytes (out.data, out.length, &digest);
  azml__buffer_add (&out, digest.bytes, sizeof digest.bytes);
  AZML_AUTO_FREE char *folder = azml__path_folder (file);
  if (!azml__buffer_ok (&out) || !folder)
    return azml__error_no_memory (err);
  int rc = azml__folder_make (folder, 0700, err);
  return rc < 0 ? rc
                : azml__file_replace (AT_FDCWD, file, out.data, out.length, 0600, 0,
                                      err);
}

/* cache.h: digests of files that have not changed since.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   One file that may be lost at any time: a damaged one counts as empty.  Big
   endian: "azmlcac1", the shelves, u32 entries; each entry, sorted by path as
   bytes: u32 length of the path with its NUL, the path, u64 size, inode, device,
   mtime and ctime in nanoseconds, u8 1 if the digest is settled, 32 bytes SHA-256;
   at the end the SHA-256 of all this.  */

#ifndef AZML_SNAPSHOT_CACHE_H
#define AZML_SNAPSHOT_CACHE_H

#include "snapshot/shelves.h"
#include "snapshot/walk.h"

/* A file that was modified less than this before it was digested may have been
   modified again at the same time stamp: its entry is not settled.  */
#define AZML__CACHE_RACY_NS ((int64_t)2000000000)

typedef struct azml__cache azml__cache;

/* The name of the cache file of the folder SOURCE that begins with PREFIX (new): a
   project may have several, which must not replace each other's.  NULL when out of
   memory.  */
char *azml__cache_file (const char *prefix, const char *source);

/* Read the cache FILE (NULL, absent or damaged: an empty one) into *RET (new).  */
int azml__cache_load (const char *file, azml__objects *objects, azml__cache **ret,
                      azml_error **err);
void azml__cache_free (azml__cache *cache);
AZML_DEFINE_AUTO (azml__cache, azml__cache_free)

/* What CACHE knows of PATH if KEY still holds (borrowed until the next call), else
   NULL.  Store 1 in *RET_SETTLED if this is to be trusted.  Ask in the order of the
   paths as bytes.  */
const azml__digest *azml__cache_find (azml__cache *cache, const char *path,
                                      const azml__file_key *key, int *ret_settled);

/* The digest of PATH when it was last looked at, whatever happened since; valid
   after azml__cache_find for the same path returned NULL.  Borrowed; NULL: none. */
const azml__digest *azml__cache_last (const azml__cache *cache, uint64_t *ret_size);

/* 1 if the object DIGEST, which the cache named, is still in the store for sure. */
int azml__cache_is_stored (const azml__cache *cache, const azml__digest *digest);

/* 1 if the cache should be written anew although nothing was digested: it has not just
   the FOUND files that were found in it, or LOOKED_FOR objects had to be looked for
   that it could be sure of next time.  */
int azml__cache_is_stale (const azml__cache *cache, uint64_t found,
                          uint64_t looked_for);

/* Replace FILE by what ENTRIES say, whose contents are all in OBJECTS.  On failure
   it stays as it was.  */
int
azml__cache_save (const char *file, azml__objects *objects,
                  const azml__walk_entry *entries, size_t count, azml_error **err);

#endif

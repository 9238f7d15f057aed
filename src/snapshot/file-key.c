/* file-key.c: what tells whether a file is still the same.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/file-key.h"

void
azml__file_key_fill (azml__file_key *key, const struct stat *st)
{
  key->size = (uint64_t)st->st_size;
  key->inode = (uint64_t)st->st_ino;
  key->device = (uint64_t)st->st_dev;
  key->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
  key->ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

int
azml__file_key_equal (const azml__file_key *a, const azml__file_key *b)
{
  return a->size == b->size && a->inode == b->inode && a->device == b->device
         && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

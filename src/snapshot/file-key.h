/* file-key.h: what tells whether a file is still the same.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_FILE_KEY_H
#define AZML_SNAPSHOT_FILE_KEY_H

#include <stdint.h>
#include <sys/stat.h>

typedef struct azml__file_key
{
  uint64_t size, inode, device;
  int64_t mtime_ns, ctime_ns;
} azml__file_key;

void azml__file_key_fill (azml__file_key *key, const struct stat *st);
int azml__file_key_equal (const azml__file_key *a, const azml__file_key *b);

#endif

/* shelves.h: the folders of an object store, and whether one was touched.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Looking for each object of a large snapshot costs as much as walking its source
   tree.  As long as the ctime of a folder is what it was, nothing in it has come or
   gone, and what was seen there is there.  The folder of the packs is one more of them:
   that something is added to a pack does not touch it, that something is removed does.  A
   power cut may have emptied files
   without a trace in their folder, so nothing counts beyond one boot.  */

#ifndef AZML_SNAPSHOT_SHELVES_H
#define AZML_SNAPSHOT_SHELVES_H

#include "core/buffer.h"
#include "snapshot/objects.h"

#define AZML__SHELVES 257 /* the last is that of the packs */
#define AZML__SHELVES_SIZE ((size_t)40 + AZML__SHELVES * 16) /* encoded */

typedef struct azml__shelves
{
  char boot[40]; /* "": nothing counts */
  struct
  {
    uint64_t inode;   /* 0: it is not there */
    int64_t ctime_ns; /* 0: does not count */
  } shelf[AZML__SHELVES];
} azml__shelves;

/* Look at the folders of OBJECTS.  One that changed within the last RACY_NS does
   not count: it may change again at the same time stamp.  */
void azml__shelves_look (azml__shelves *shelves, azml__objects *objects,
                         int64_t racy_ns);

/* 1 if the folder that DIGEST belongs in, and that of the packs, is the same in both.  */
int azml__shelves_same (const azml__shelves *a, const azml__shelves *b,
                        const azml__digest *digest);

void azml__shelves_encode (const azml__shelves *shelves, azml__buffer *out);

/* Read AZML__SHELVES_SIZE bytes.  */
void azml__shelves_decode (azml__shelves *shelves, const char *data);

#endif

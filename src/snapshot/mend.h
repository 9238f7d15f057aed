/* mend.h: contents of a store that are damaged.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A disk or somebody's editor may change an object and leave its size.  It is of no use then,
   and in the way: who looks only whether it is there stores nothing.  So it is removed by
   whoever notices, and made again from a source folder that still has the content.  */

#ifndef AZML_SNAPSHOT_MEND_H
#define AZML_SNAPSHOT_MEND_H

#include "snapshot/manifest.h"

/* Store 1 in *RET if the open OBJECT is the content DIGEST, all of which is read; 0 if it is
   something else, or its disk cannot read it.  */
int azml__object_is (const azml__object *object, const azml__digest *digest,
                     azml_cancel *cancel, int *ret, azml_error **err);

/* A file of its own over this is not read each time that a tree is made.  It bears a mark in
   its time of change, which whoever writes into it sets anew: without the mark it is read.  */
#define AZML__OBJECT_MARKED ((uint64_t)256 << 10)

/* Mark the file FD, which has the content DIGEST.  */
void azml__object_mark (int fd, const azml__digest *digest);

/* The same as azml__object_is for a file of its own, which is read only without its mark, and
   marked then.  */
int azml__object_is_still (const azml__object *object, const azml__digest *digest,
                           azml_cancel *cancel, int *ret, azml_error **err);

/* Add the content of ENTRY from its file in the folder SOURCE.  Store 1 in *RET if that has
   it still.  */
int azml__object_restore (azml__objects *objects, const char *source,
                          const azml__manifest_entry *entry, azml_cancel *cancel,
                          int *ret, azml_error **err);

/* Read those of the contents DIGESTS (an array) that are of the snapshot DIGEST.  What is
   damaged is removed, and made again, as what is lacking is, from the folder SOURCE.  Store
   {"mended": [PATH...], "lost": [PATH...]} in *RET (new): the files whose contents are here
   again, and of those that are not.  */
int azml__snapshot_mend (azml__objects *objects, const azml__digest *digest,
                         const json_t *digests, const char *source,
                         azml_cancel *cancel, json_t **ret, azml_error **err);

#endif

/* content.h: read a file once, digest it, store just that.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_CONTENT_H
#define AZML_SNAPSHOT_CONTENT_H

#include <azml/cancel.h>

#include "snapshot/walk.h"

#define AZML__CONTENT_BUFFER ((size_t)1 << 18)

/* A file so large is sent while it is digested.  */
#define AZML__CONTENT_LARGE ((uint64_t)32 << 20)

typedef struct azml__content
{
  azml__objects *objects;
  int root;   /* the open source folder */
  char *data; /* AZML__CONTENT_BUFFER bytes */
  azml_cancel *cancel;
  int may_clone;               /* 0: the file system cannot, do not ask again */
  const azml__object_tap *tap; /* who learns of what is added, or NULL */
} azml__content;

/* Digest the file of ENTRY and add what was read to the objects: through one
   descriptor, so that what is stored is what was digested.  Its type, size, digest,
   key and `settled' are brought up to date.  LAST (or NULL) is what the file held
   once, LAST_SIZE its size: if it still does, and that object is there, nothing is
   written.  Store 0 in *RET_FOUND if there is no such file any more.
   AZML_E_CHANGED: it changed each of the three times that it was read.  */
int azml__content_store (azml__content *content, azml__walk_entry *entry,
                         const azml__digest *last, uint64_t last_size,
                         int *ret_found, azml_error **err);

#endif

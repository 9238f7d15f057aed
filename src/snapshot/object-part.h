/* object-part.h: an object that came in part, and goes on when it is sent again.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_OBJECT_PART_H
#define AZML_SNAPSHOT_OBJECT_PART_H

#include "digest/hasher.h"
#include "snapshot/objects.h"

#define AZML__PART_NAME 80 /* ".part-", 64 digits, ".at" */

struct azml__object_writer
{
  azml__objects *objects; /* borrowed */
  int place;              /* its folder, borrowed */
  int fd;
  uint64_t size;
  azml__sha256 hash;
  azml__hasher *hasher;        /* who goes on with HASH; NULL: nobody else */
  int alone;                   /* there is nobody to be had */
  int part;                    /* what came is kept if no more comes */
  int bad;                     /* but not now: it could not be written */
  uint64_t noted;              /* of size: how far NAME.at tells */
  uint64_t skip;               /* of what comes: it is there already */
  const azml__object_tap *tap; /* who learns of it, or NULL */
  char name[AZML__PART_NAME];  /* of the temporary file, empty: there is none */
};

/* Go on with the object DIGEST, see azml__object_writer_part.  */
int
azml__object_part_begin (azml__object_writer *writer, const azml__digest *digest,
                         uint64_t size, uint64_t offset, azml_error **err);

/* Note now and then how far the part is.  */
void azml__object_part_advance (azml__object_writer *writer);

/* Note it for the last time, and keep the part.  Nothing if it is none.  */
void azml__object_part_keep (azml__object_writer *writer);

/* All of it is there: what follows is as for others.  */
int azml__object_part_end (azml__object_writer *writer, azml_error **err);

#endif

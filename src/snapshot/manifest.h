/* manifest.h: the list of the files of a source tree.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The binary form is in doc/run-directory.md, Manifest.  */

#ifndef AZML_SNAPSHOT_MANIFEST_H
#define AZML_SNAPSHOT_MANIFEST_H

#include <jansson.h>

#include "core/buffer.h"
#include "snapshot/objects.h"

typedef struct azml__manifest_entry
{
  char type;           /* 'f' file, 'x' executable, 'l' link, 'd' empty folder */
  char *path;          /* owned; relative, inside (azml__path_is_inside) */
  uint64_t size;       /* f, x */
  azml__digest digest; /* f, x */
  char *target;        /* l; owned */
} azml__manifest_entry;

typedef struct azml__manifest
{
  azml__manifest_entry *entries; /* sorted by path as bytes */
  size_t count;
  size_t size; /* room in entries */
} azml__manifest;

#define AZML__MANIFEST_INIT                                                        \
  {                                                                                \
    NULL, 0, 0                                                                     \
  }
void azml__manifest_done (azml__manifest *manifest);
#define AZML_AUTO_MANIFEST AZML_CLEANUP (azml__manifest_done) azml__manifest

/* Add ENTRY (its strings taken, also on failure).  */
int azml__manifest_add (azml__manifest *manifest, azml__manifest_entry *entry,
                        azml_error **err);

/* Sort the entries.  AZML_E_INVALID: one path twice, or one below a file.  */
int azml__manifest_sort (azml__manifest *manifest, azml_error **err);

/* Append the binary form.  */
int azml__manifest_encode (const azml__manifest *manifest, azml__buffer *out,
                           azml_error **err);

/* Read the binary form, which is not trusted: lengths are bounded, paths stay
   inside, order and uniqueness are checked.  AZML_E_FORMAT, AZML_E_TOO_LARGE.  */
int azml__manifest_decode (const void *data, size_t n, azml__manifest *ret,
                           azml_error **err);

/* Read the manifest that OBJECTS holds under DIGEST.  AZML_E_CORRUPT: it was damaged,
   and is removed.  */
int azml__manifest_load (azml__objects *objects, const azml__digest *digest,
                         azml__manifest *ret, azml_error **err);

/* The digests (hex) of the contents that OBJECTS lacks, each once: a new array.  */
int azml__manifest_missing (const azml__manifest *manifest, azml__objects *objects,
                            json_t **ret, azml_error **err);

/* Those of WANTED, digests (hex) that another machine asks for, that are in MANIFEST or are
   MANIFEST's own, SELF: a new array, with the size of all in *RET_BYTES.
   AZML_E_PROTOCOL: it asks for another one, or for one twice.  */
int azml__manifest_pick (const azml__manifest *manifest, const azml__digest *self,
                         const json_t *wanted, json_t **ret, uint64_t *ret_bytes,
                         azml_error **err);

#endif

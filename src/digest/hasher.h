/* hasher.h: a digest that is computed beside, while its bytes are written.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_DIGEST_HASHER_H
#define AZML_DIGEST_HASHER_H

#include "digest/sha256.h"

typedef struct azml__hasher azml__hasher;

/* A thread that goes on with HASH (borrowed; touched by nobody else until the hasher is
   freed).  NULL (new otherwise): there is none to be had, or it would not pay on a
   machine of one processor.  */
azml__hasher *azml__hasher_new (azml__sha256 *hash);

/* Begin to add N bytes of DATA, which must stay as they are until azml__hasher_wait has
   returned.  */
void azml__hasher_begin (azml__hasher *hasher, const void *data, size_t n);
void azml__hasher_wait (azml__hasher *hasher);

void azml__hasher_free (azml__hasher *hasher);
AZML_DEFINE_AUTO (azml__hasher, azml__hasher_free)

#endif

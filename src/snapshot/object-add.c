/* object-add.c: a content that is whole in memory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "snapshot/object-part.h"
#include "snapshot/packs.h"

/* Add it to a pack.  */
static int
add_packed (azml__objects *objects, const azml__digest *digest, const void *data,
            size_t n, azml_error **err)
{
  int folder;
  int rc = azml__objects_place (objects, &folder, err);
  return rc < 0 ? rc
                : azml__packs_add (azml__objects_packs (objects), folder, digest,
                                   data, n, err);
}

/* Add it as a file.  */
static int
add_alone (azml__objects *objects, const azml__digest *digest, const void *data,
           size_t n, azml_error **err)
{
  AZML_AUTO (azml__object_writer) writer = NULL;
  int rc = azml__object_writer_new (objects, &writer, err);
  if (rc == 0)
    rc = azml__object_writer_add (writer, data, n, err);
  return rc < 0 ? rc
                : azml__object_writer_end (azml_steal (&writer), digest, NULL, err);
}

/* Is the object there with the N bytes of DATA?  What is something else is removed: it was
   damaged.  What cannot be looked at is left to who needs it.  */
static int
is_there (azml__objects *objects, const azml__digest *digest, const void *data,
          size_t n, azml_error **err)
{
  AZML_AUTO_BUFFER found = AZML__BUFFER_INIT;
  AZML_AUTO (azml_error) reason = NULL;
  if (!azml__objects_has_size (objects, digest, n))
    return 0;
  int rc = azml__objects_load (objects, digest, n, &found, &reason);
  if (rc < 0 ? azml_error_native (reason) != EIO
             : found.length == n && (!n || memcmp (found.data, data, n) == 0))
    return 1;
  return azml__objects_remove (objects, digest, err);
}

static int
add (azml__objects *objects, const azml__digest *digest, const void *data, size_t n,
     azml_error **err)
{
  int there = is_there (objects, digest, data, n, err);
  if (there)
    return there < 0 ? there : 0;
  if (n > 0 && n < AZML__PACKED_LIMIT && azml__objects_packs_next (objects))
    return add_packed (objects, digest, data, n, err);
  return add_alone (objects, digest, data, n, err);
}

int
azml__objects_add (azml__objects *objects, const void *data, size_t n,
                   azml__digest *ret, azml_error **err)
{
  azml__digest digest;
  azml__sha256_bytes (data, n, &digest);
  int rc = add (objects, &digest, data, n, err);
  if (rc == 0)
    *ret = digest;
  return rc;
}

int
azml__objects_add_known (azml__objects *objects, const azml__digest *expected,
                         const void *data, size_t n, azml_error **err)
{
  azml__digest digest;
  azml__sha256_bytes (data, n, &digest);
  if (memcmp (expected, &digest, sizeof digest) != 0)
    return azml__object_is_other (expected, &digest, err);
  return add (objects, &digest, data, n, err);
}

/* verify.c: objects that were changed through a link.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A file that replaced the linked one leaves the object alone; one that was made
   writable and written into did not.  So the object is what is looked at.  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/json.h"
#include "snapshot/snapshot.h"

/* Store 1 in *RET if the object that NOTE names was changed.  */
static int
is_damaged (azml__objects *objects, const json_t *note, const azml__digest *digest,
            int *ret, azml_error **err)
{
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  struct stat st;
  azml__digest found;
  uint64_t size;
  *ret = 0;
  AZML_AUTO (azml_error) reason = NULL;
  int rc = azml__objects_read (objects, digest, &object, &reason);
  if (rc == AZML_E_NOT_FOUND)
    return 0; /* somebody saw it before us */
  if (rc < 0)
    {
      *ret = rc == AZML_E_DENIED;
      return *ret ? 0 : azml__error (err, rc, "%s", azml_error_message (reason));
    }
  if (fstat (object.fd, &st) < 0)
    return azml__error_os (err, errno, "look at the object");
  json_int_t mtime =
      (json_int_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
  if (mtime == azml__json_integer (note, "mtime_ns", -1)
      && (json_int_t)st.st_size == azml__json_integer (note, "size", -1))
    return 0;
  rc = azml__sha256_file (object.fd, &found, &size, err);
  if (rc < 0)
    return rc;
  *ret = memcmp (&found, digest, sizeof found) != 0;
  return 0;
}

int
azml__snapshot_verify_linked (azml__objects *objects, const char *target,
                              const json_t *linked, int *ret_damaged,
                              azml_error **err)
{
  size_t i;
  json_t *note;
  int count = 0;
  json_array_foreach ((json_t *)linked, i, note)
  {
    const char *hex = azml__json_string (note, "digest");
    azml__digest digest;
    int damaged;
    if (!hex || azml__digest_parse (hex, &digest) < 0)
      return azml__error (err, AZML_E_FORMAT, "the list of linked files of '%s'",
                          target);
    int rc = is_damaged (objects, note, &digest, &damaged, err);
    if (rc == 0 && damaged)
      rc = azml__objects_remove (objects, &digest, err);
    if (rc < 0)
      return rc;
    count += damaged;
  }
  *ret_damaged = count;
  return 0;
}

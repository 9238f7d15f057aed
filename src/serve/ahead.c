/* ahead.c: the bytes of a content whose digest the client does not know yet.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   They are kept like those of a content that was cut short, under the name that the client
   gave; `begun` of have and put says whose they are.  */

#include <config.h>

#include "core/json.h"
#include "serve/private.h"
#include "snapshot/objects.h"

typedef struct ahead
{
  azml__objects *objects;
  azml__object_writer *writer;
  uint64_t left;
} ahead;

static void
ahead_free (azml__request *request)
{
  ahead *a = request->state;
  azml__object_writer_free (a->writer); /* what came stays */
  azml__objects_free (a->objects);
  free (a);
}

static int
ahead_data (azml__request *request, const void *data, size_t n, azml_error **err)
{
  ahead *a = request->state;
  if (n > a->left)
    return azml__error (err, AZML_E_FORMAT, "ahead: more bytes than there are");
  a->left -= n;
  return azml__object_writer_add (a->writer, data, n, err);
}

static int
ahead_close (azml__request *request, azml_error **err)
{
  ahead *a = request->state;
  azml__object_writer_free (azml_steal (&a->writer));
  return azml__request_reply (request, json_object (), err);
}

static const azml__request_ops ahead_ops = { .data = ahead_data,
                                             .close = ahead_close,
                                             .free = ahead_free };

int
azml__serve_ahead (azml__request *request, const json_t *args, azml_error **err)
{
  azml__digest name;
  const char *hex = azml__json_string (args, "name");
  json_int_t size = azml__json_integer (args, "size", -1);
  if (!hex || azml__digest_parse (hex, &name) < 0 || size < 0)
    return azml__error (err, AZML_E_INVALID, "ahead: no \"name\" or no \"size\"");
  ahead *a = calloc (1, sizeof *a);
  if (!a)
    return azml__error_no_memory (err);
  request->state = a;
  request->ops = &ahead_ops;
  int rc = azml__objects_open (request->serve->layout.objects, &a->objects, err);
  if (rc < 0)
    return rc;
  uint64_t have = azml__object_part_size (a->objects, &name);
  if (have > (uint64_t)size)
    have = 0;
  rc = azml__object_writer_part (a->objects, &name, (uint64_t)size, have,
                                 &a->writer, err);
  if (rc < 0)
    return rc;
  a->left = (uint64_t)size - have;
  return azml__request_event (request,
                              json_pack ("{s:I}", "have", (json_int_t)have), err);
}

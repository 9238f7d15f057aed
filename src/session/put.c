/* put.c: send contents that the other side lacks.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A content goes from its file to the connection piece by piece, never whole through
   memory, while the session waits for something else; small ones share a frame.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/private.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "digest/sha256.h"

#define RECORD_HEADER 40 /* digest and size */

/* What waits to be written before more is read.  */
#define ENOUGH ((size_t)AZML__FRAME_CHUNK)

void
azml__put_free (azml__put *put)
{
  if (!put)
    return;
  azml__object_close (&put->object);
  azml__buffer_done (&put->after);
  json_decref (put->digests);
  json_decref (put->offsets);
  azml__objects_free (put->objects);
  free (put);
}
AZML_DEFINE_AUTO (azml__put, azml__put_free)

int
azml__session_put_of (azml__session *session, azml__objects *objects,
                      const char *manifest, json_t *digests, json_t *offsets,
                      json_t *begun, uint32_t *ret_id, azml_error **err)
{
  AZML_AUTO (json_t)
  args = json_pack ("{s:s*, s:O*, s:O*, s:I}", "manifest", manifest, "offsets",
                    offsets, "begun", begun, "count",
                    (json_int_t)json_array_size (digests));
  AZML_AUTO (azml__put) put = calloc (1, sizeof *put);
  azml__put **end = &session->puts;
  if (put)
    {
      put->object = (azml__object)AZML__OBJECT_INIT;
      put->objects = azml__objects_ref (objects);
      azml__objects_refresh (objects);
      put->digests = digests;
      put->offsets = json_incref (offsets);
    }
  else
    json_decref (digests);
  if (!args || !put)
    return azml__error_no_memory (err);
  int rc = azml__session_send (session, "put", args, &put->id, err);
  if (rc < 0)
    return rc;
  while (*end)
    end = &(*end)->next;
  *ret_id = put->id;
  *end = azml_steal (&put);
  return 0;
}

int
azml__session_put (azml__session *session, const char *objects,
                   const char *manifest, json_t *digests, json_t *offsets,
                   json_t *begun, uint32_t *ret_id, azml_error **err)
{
  AZML_AUTO (azml__objects) opened = NULL;
  int rc = azml__objects_open (objects, &opened, err);
  if (rc < 0)
    {
      json_decref (digests);
      return rc;
    }
  return azml__session_put_of (session, opened, manifest, digests, offsets, begun,
                               ret_id, err);
}

uint64_t
azml__session_put_bytes (const azml__session *session, uint32_t id)
{
  for (const azml__put *put = session->puts; put; put = put->next)
    if (put->id == id)
      return put->bytes;
  return (uint64_t)-1;
}

/* Bytes of content that PUT is to send; what is not there counts for nothing.  */
static uint64_t
measure (const azml__put *put)
{
  uint64_t total = 0;
  size_t i;
  json_t *digest;
  json_array_foreach (put->digests, i, digest)
  {
    const char *hex = json_string_value (digest);
    azml__digest known;
    uint64_t size;
    if (!hex || azml__digest_parse (hex, &known) < 0
        || !azml__objects_find (put->objects, &known, &size))
      continue;
    uint64_t offset = (uint64_t)azml__json_integer (put->offsets, hex, 0);
    total += offset < size ? size - offset : 0;
  }
  return total;
}

uint32_t
azml__session_putting (const azml__session *session, uint64_t *ret_sent,
                       uint64_t *ret_total)
{
  azml__put *put = session->puts;
  if (!put)
    return 0;
  if (!put->total)
    put->total = measure (put);
  *ret_sent = put->bytes;
  *ret_total = put->total;
  return put->id;
}

/* Open the next content and add the head of its record to OUT: digest and size.  */
static int
open_next (azml__put *put, azml__buffer *out, azml_error **err)
{
  const char *hex = json_string_value (json_array_get (put->digests, put->at));
  azml__digest digest;
  if (!hex || azml__digest_parse (hex, &digest) < 0)
    return azml__error (err, AZML_E_PROTOCOL, "'%.80s' is not a digest",
                        hex ? hex : "");
  int rc = azml__objects_read (put->objects, &digest, &put->object, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "send");
  put->offset = (uint64_t)azml__json_integer (put->offsets, hex, 0);
  if (put->offset > put->object.size)
    return azml__error (err, AZML_E_PROTOCOL,
                        "azml-runner has more of '%s' than there is", hex);
  azml__buffer_add (out, digest.bytes, sizeof digest.bytes);
  azml__buffer_add_u64 (out, put->object.size);
  return 0;
}

/* Add as much content to OUT as one frame holds.  *RET_DONE: there is nothing more.  */
static int
fill (azml__put *put, azml__buffer *out, int *ret_done, azml_error **err)
{
  size_t limit = out->length + AZML__FRAME_CHUNK;
  while (out->length < limit - RECORD_HEADER)
    {
      int rc;
      if (put->object.fd < 0)
        {
          *ret_done = put->at >= json_array_size (put->digests);
          if (*ret_done)
            return 0;
          rc = open_next (put, out, err);
          if (rc < 0)
            return rc;
        }
      size_t n = limit - out->length, got = 0;
      if (n > put->object.size - put->offset)
        n = (size_t)(put->object.size - put->offset);
      char *room = azml__buffer_room (out, n);
      if (!room)
        return azml__error_no_memory (err);
      rc = n ? azml__file_pread (put->object.fd, room, n,
                                 (off_t)(put->object.offset + put->offset), &got,
                                 err)
             : 0;
      if (rc == 0 && got < n)
        rc = azml__error (err, AZML_E_CORRUPT, "an object became shorter");
      if (rc < 0)
        return rc;
      out->length += n;
      put->offset += n;
      put->bytes += n;
      if (put->offset == put->object.size)
        {
          azml__object_close (&put->object);
          put->at++;
        }
    }
  return 0;
}

/* Queue the next frame of PUT.  */
static int
add_frame (azml__session *session, azml__put *put, int *ret_done, azml_error **err)
{
  azml__buffer *out = &session->out;
  size_t start = out->length;
  char header[AZML__FRAME_HEADER] = { 0 };
  azml__buffer_add (out, header, sizeof header);
  int rc = fill (put, out, ret_done, err);
  size_t n = out->length - start - sizeof header;
  if (!azml__buffer_ok (out))
    return azml__error_no_memory (err);
  if (rc < 0 || n == 0)
    {
      azml__buffer_truncate (out, start);
      return rc;
    }
  azml__put_u32 (header, (uint32_t)n);
  azml__put_u32 (header + 4, put->id);
  header[8] = AZML__FRAME_DATA;
  header[9] = 1;
  memcpy (out->data + start, header, sizeof header);
  return 0;
}

/* Go on with the first put.  */
static int
produce (azml__session *session, azml_error **err)
{
  azml__put *put = session->puts;
  AZML_AUTO (azml_error) failure = NULL;
  /* One that was refused already needs no more: the answer says why.  */
  int done = !azml__session_asked (session, put->id), rc = 0;
  if (!done && add_frame (session, put, &done, &failure) < 0)
    {
      done = 1;
      rc = azml__session_fail (session, put->id, failure, err);
    }
  else if (done)
    rc = azml__session_close (session, put->id, err);
  if (rc < 0 || !done)
    return rc;
  azml__buffer_add (&session->out, put->after.data, put->after.length);
  session->puts = put->next;
  azml__put_free (put);
  return azml__buffer_ok (&session->out) ? 0 : azml__error_no_memory (err);
}

int
azml__session_produce (azml__session *session, azml_error **err)
{
  int rc = 0;
  while (rc == 0 && session->puts && !session->deaf
         && session->out.length - session->written < ENOUGH)
    rc = produce (session, err);
  return rc;
}

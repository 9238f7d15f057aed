/* objects.c: have and put: contents that a run needs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "serve/private.h"
#include "snapshot/manifest.h"

#define RECORD_HEADER 40   /* digest and size */
#define MISSING_PART 10000 /* digests in one frame */

/* A content so small is kept in memory until all of it is there.  */
#define SMALL ((uint64_t)64 << 10)

/* Of a content so large what came is kept when no more comes.  */
#define PART_FROM ((uint64_t)8 << 20)

static int
get_digest (const json_t *args, azml__digest *ret, int *ret_given, azml_error **err)
{
  const char *hex = azml__json_string (args, "manifest");
  *ret_given = hex != NULL;
  if (hex && azml__digest_parse (hex, ret) < 0)
    return azml__error (err, AZML_E_INVALID, "'%.80s' is not a digest", hex);
  return 0;
}

/* So long after they were needed the objects stay open.  What their packs hold is read once,
   not for each of the thousands of requests that a large snapshot takes; but a session may
   last for days after that.  */
#define OPEN_MS 10000

/* The objects as they are now; the caller frees them (they are shared).  */
static int
get_objects (azml__serve_state *serve, azml__objects **ret, azml_error **err)
{
  int rc = 0;
  if (serve->objects && !azml__objects_is_current (serve->objects))
    azml__objects_free (azml_steal (&serve->objects));
  if (serve->objects)
    azml__objects_refresh (serve->objects);
  else
    rc = azml__objects_open (serve->layout.objects, &serve->objects, err);
  if (rc < 0)
    return rc;
  serve->objects_at = azml__clock_boot_ms ();
  *ret = azml__objects_ref (serve->objects);
  return 0;
}

void
azml__serve_objects_let_go (azml__serve_state *serve)
{
  if (serve->objects && azml__clock_boot_ms () - serve->objects_at > OPEN_MS)
    azml__objects_free (azml_steal (&serve->objects));
}

/* Remember for a while that the snapshot HEX is whole: a thousand runs of one source
   must not look for each of its files a thousand times.  */
static void
remember_complete (azml__serve_state *serve, const azml__digest *digest)
{
  azml__digest_hex (digest, serve->complete);
  serve->complete_at = azml__clock_boot_ms ();
}

/* Look for the snapshot DIGEST in OBJECTS.  *RET_MISSING is a new array, or NULL while
   the manifest itself is not here.  */
static int
look (azml__objects *objects, const azml__digest *digest, json_t **ret_missing,
      azml_error **err)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  *ret_missing = NULL;
  if (!azml__objects_has (objects, digest))
    return 0;
  int rc = azml__manifest_load (objects, digest, &manifest, err);
  return rc < 0 ? rc
                : azml__manifest_missing (&manifest, objects, ret_missing, err);
}

int
azml__serve_snapshot_check (azml__serve_state *serve, const char *hex,
                            azml_error **err)
{
  azml__digest digest;
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO (json_t) missing = NULL;
  if (azml__digest_parse (hex, &digest) < 0)
    return azml__error (err, AZML_E_INVALID, "'%.80s' is not a digest", hex);
  if (strcmp (serve->complete, hex) == 0
      && azml__clock_boot_ms () - serve->complete_at < 10000)
    return 0;
  int rc = get_objects (serve, &objects, err);
  if (rc == 0)
    rc = look (objects, &digest, &missing, err);
  if (rc < 0)
    return rc;
  if (!missing || json_array_size (missing))
    return azml__error (err, AZML_E_NOT_FOUND, "the snapshot %.12s is not here yet",
                        hex);
  remember_complete (serve, &digest);
  return 0;
}

/* Tell in REPLY of which of the contents that are MISSING a part is here.  */
static int
tell_parts (azml__objects *objects, const json_t *missing, json_t *reply,
            azml_error **err)
{
  AZML_AUTO (json_t) parts = NULL;
  AZML_AUTO (json_t) told = json_object ();
  size_t i;
  json_t *hex;
  int rc = azml__objects_parts (objects, &parts, err);
  if (rc < 0)
    return rc;
  if (json_object_size (parts) == 0)
    return 0;
  json_array_foreach ((json_t *)missing, i, hex)
  {
    json_t *size = json_object_get (parts, json_string_value (hex));
    if (size)
      json_object_set (told, json_string_value (hex), size);
  }
  return json_object_set (reply, "partial", told) < 0 ? azml__error_no_memory (err)
                                                      : 0;
}

/* Answer with REPLY (taken) and what of the snapshot DIGEST is missing.  */
static int
reply_missing (azml__request *request, azml__objects *objects,
               const azml__digest *digest, json_t *reply, azml_error **err)
{
  AZML_AUTO (json_t) owned = reply;
  AZML_AUTO (json_t) missing = NULL;
  int rc =
      owned ? look (objects, digest, &missing, err) : azml__error_no_memory (err);
  if (rc < 0)
    return rc;
  if (missing && json_array_size (missing))
    rc = tell_parts (objects, missing, owned, err);
  if (rc < 0)
    return rc;
  json_object_set_new (owned, "manifest", json_boolean (missing != NULL));
  if (missing && json_array_size (missing) == 0)
    remember_complete (request->serve, digest);
  return missing ? azml__request_reply_parts (request, "missing", missing,
                                              MISSING_PART, owned, err)
                 : azml__request_reply (request, azml_steal (&owned), err);
}

/* Which of DIGESTS are not in OBJECTS: a new array in *RET.  */
static int
look_for (azml__objects *objects, const json_t *digests, json_t **ret,
          azml_error **err)
{
  AZML_AUTO (json_t) missing = json_array ();
  size_t i;
  json_t *hex;
  json_array_foreach ((json_t *)digests, i, hex)
  {
    azml__digest digest;
    const char *text = json_string_value (hex);
    if (!text || azml__digest_parse (text, &digest) < 0)
      return azml__error (err, AZML_E_INVALID, "have: what is no digest");
    if (!azml__objects_has (objects, &digest)
        && json_array_append (missing, hex) < 0)
      return azml__error_no_memory (err);
  }
  if (!missing)
    return azml__error_no_memory (err);
  *ret = azml_steal (&missing);
  return 0;
}

/* Answer which of DIGESTS are missing.  */
static int
reply_digests (azml__request *request, azml__objects *objects,
               const json_t *digests, azml_error **err)
{
  AZML_AUTO (json_t) missing = NULL;
  AZML_AUTO (json_t) reply = json_object ();
  int rc = look_for (objects, digests, &missing, err);
  return rc < 0 ? rc
                : azml__request_reply_parts (request, "missing", missing,
                                             MISSING_PART, reply, err);
}

/* BEGUN says to which digests belongs what came before these were known.  */
static void
take_begun (azml__objects *objects, const json_t *begun)
{
  const char *hex;
  json_t *name;
  json_object_foreach ((json_t *)begun, hex, name)
  {
    azml__digest from, to;
    const char *text = json_string_value (name);
    if (text && azml__digest_parse (text, &from) == 0
        && azml__digest_parse (hex, &to) == 0)
      azml__object_part_rename (objects, &from, &to);
  }
}

int
azml__serve_have (azml__request *request, const json_t *args, azml_error **err)
{
  azml__digest digest;
  int given;
  const json_t *digests = json_object_get (args, "digests");
  AZML_AUTO (azml__objects) objects = NULL;
  int rc = get_digest (args, &digest, &given, err);
  if (rc == 0 && !given && !json_is_array (digests))
    rc = azml__error (err, AZML_E_INVALID, "have: no \"manifest\"");
  if (rc == 0)
    rc = get_objects (request->serve, &objects, err);
  if (rc == 0 && !given)
    return reply_digests (request, objects, digests, err);
  return rc < 0 ? rc
                : reply_missing (request, objects, &digest, json_object (), err);
}

/* A put that goes on: records, cut anywhere by frames.  */
typedef struct put
{
  azml__objects *objects;
  azml__digest manifest;
  int given;       /* MANIFEST is */
  json_t *offsets; /* {DIGEST: OFFSET} where contents go on, or NULL */
  char header[RECORD_HEADER];
  size_t have; /* of header */
  uint64_t left;
  azml__buffer small;          /* the content that comes, if it is small */
  azml__object_writer *writer; /* otherwise */
  json_int_t received;
} put;

static void
put_free (azml__request *request)
{
  put *p = request->state;
  azml__object_writer_free (p->writer);
  azml__buffer_done (&p->small);
  /* One that failed leaves the pack to others as well.  */
  if (p->objects)
    (void)!azml__objects_rest (p->objects, NULL);
  azml__objects_free (p->objects);
  json_decref (p->offsets);
  free (p);
}

/* The head of a record is there.  */
static int
begin_record (put *p, azml_error **err)
{
  azml__digest digest;
  char hex[AZML__DIGEST_HEX_SIZE];
  memcpy (digest.bytes, p->header, sizeof digest.bytes);
  uint64_t size = azml__get_u64 (p->header + 32);
  uint64_t offset =
      (uint64_t)azml__json_integer (p->offsets, azml__digest_hex (&digest, hex), 0);
  if (offset > size)
    return azml__error (err, AZML_E_FORMAT,
                        "put: the content '%.12s' ends before its offset", hex);
  p->left = size - offset;
  if (size < SMALL && !offset)
    return 0;
  return size < PART_FROM && !offset
             ? azml__object_writer_new (p->objects, &p->writer, err)
             : azml__object_writer_part (p->objects, &digest, size, offset,
                                         &p->writer, err);
}

/* Add N bytes of DATA to the content that comes, which may end with them.  */
static int
add_content (put *p, const char *data, size_t n, azml_error **err)
{
  azml__digest digest;
  int rc = 0;
  p->left -= n;
  if (p->writer)
    rc = n ? azml__object_writer_add (p->writer, data, n, err) : 0;
  else if (p->left || p->small.length)
    {
      azml__buffer_add (&p->small, data, n);
      data = p->small.data;
      n = p->small.length;
      rc = azml__buffer_ok (&p->small) ? 0 : azml__error_no_memory (err);
    }
  if (rc < 0 || p->left)
    return rc;
  memcpy (digest.bytes, p->header, sizeof digest.bytes);
  rc = p->writer
           ? azml__object_writer_end (azml_steal (&p->writer), &digest, NULL, err)
           : azml__objects_add_known (p->objects, &digest, data, n, err);
  azml__buffer_truncate (&p->small, 0);
  p->have = 0;
  p->received += rc == 0;
  return rc;
}

static int
put_data (azml__request *request, const void *data, size_t n, azml_error **err)
{
  put *p = request->state;
  const char *bytes = data;
  int rc = 0;
  /* An empty content ends with its head.  */
  while (rc == 0 && (n || (p->have == RECORD_HEADER && !p->left)))
    {
      size_t part;
      if (p->have < RECORD_HEADER)
        {
          part = RECORD_HEADER - p->have < n ? RECORD_HEADER - p->have : n;
          memcpy (p->header + p->have, bytes, part);
          p->have += part;
          if (p->have == RECORD_HEADER)
            rc = begin_record (p, err);
        }
      else
        {
          part = p->left < n ? (size_t)p->left : n;
          rc = add_content (p, bytes, part, err);
        }
      bytes += part;
      n -= part;
    }
  if (rc == AZML_E_NO_SPACE)
    azml__error_hint (err, "make room on that machine; azml-guile history gc "
                           "removes old runs, there too");
  return rc;
}

static int
put_close (azml__request *request, azml_error **err)
{
  put *p = request->state;
  json_t *reply;
  if (p->have)
    {
      /* The client thought better of it.  */
      azml__object_writer_drop (p->writer);
      return azml__error (err, AZML_E_FORMAT, "put: the last record is cut short");
    }
  int rc = azml__objects_rest (p->objects, err);
  if (rc < 0)
    return rc;
  request->serve->objects_at = azml__clock_boot_ms ();
  /* A long time may have passed since the last look, and somebody may have collected.  */
  if (p->given)
    azml__objects_refresh (p->objects);
  reply = json_pack ("{s:I}", "received", p->received);
  return p->given ? reply_missing (request, p->objects, &p->manifest, reply, err)
                  : azml__request_reply (request, reply, err);
}

static const azml__request_ops put_ops = { .data = put_data,
                                           .close = put_close,
                                           .free = put_free };

int
azml__serve_put (azml__request *request, const json_t *args, azml_error **err)
{
  put *p = calloc (1, sizeof *p);
  if (!p)
    return azml__error_no_memory (err);
  request->state = p;
  request->ops = &put_ops;
  p->offsets = json_incref (json_object_get (args, "offsets"));
  int rc = get_digest (args, &p->manifest, &p->given, err);
  if (rc == 0)
    rc = get_objects (request->serve, &p->objects, err);
  if (rc == 0)
    azml__objects_expect (p->objects,
                          (uint64_t)azml__json_integer (args, "count", 0));
  if (rc == 0)
    take_begun (p->objects, json_object_get (args, "begun"));
  return rc;
}

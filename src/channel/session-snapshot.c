/* session-snapshot.c: send a snapshot as far as the other side lacks it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   An object goes from its file to the connection piece by piece, never whole
   through memory; small ones share a frame.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "channel/session-private.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "digest/sha256.h"

#define PACK_BELOW                                                                 \
  ((size_t)64 << 10) /* a frame gets at least this, if there is more */

typedef struct sender
{
  azml__session *session;
  const char *objects;
  azml_cancel *cancel;
  uint32_t id;          /* of the put */
  azml__buffer packed;  /* not yet a frame */
  uint64_t sent, bytes; /* objects, and what is in them */
} sender;

static int
send_packed (sender *send, azml_error **err)
{
  int rc = azml__session_data (send->session, send->id, send->packed.data,
                               send->packed.length, err);
  azml__buffer_truncate (&send->packed, 0);
  return rc < 0 ? rc : azml__session_flush (send->session, send->cancel, err);
}

static int
open_object (sender *send, const char *hex, int *ret_fd, uint64_t *ret_size,
             azml_error **err)
{
  struct stat st;
  AZML_AUTO_FREE char *path =
      azml__path_format ("%s/%.2s/%s", send->objects, hex, hex + 2);
  if (!path)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) < 0)
    return azml__error_os (err, errno, "open the object '%s'", hex);
  *ret_size = (uint64_t)st.st_size;
  *ret_fd = azml__steal_fd (&fd);
  return 0;
}

/* Send the record of the object HEX: digest, size, content.  */
static int
send_object (sender *send, const char *hex, azml_error **err)
{
  azml__digest digest;
  uint64_t size = 0;
  AZML_AUTO_CLOSE int fd = -1;
  if (azml__digest_parse (hex, &digest) < 0)
    return azml__error (err, AZML_E_PROTOCOL, "'%.80s' is not a digest", hex);
  int rc = open_object (send, hex, &fd, &size, err);
  if (rc < 0)
    return rc;
  azml__buffer_add (&send->packed, digest.bytes, sizeof digest.bytes);
  azml__buffer_add_u64 (&send->packed, size);
  for (uint64_t offset = 0; offset < size;)
    {
      size_t n = AZML__FRAME_CHUNK - send->packed.length, got;
      if (n > size - offset)
        n = (size_t)(size - offset);
      char *room = azml__buffer_room (&send->packed, n);
      if (!room)
        return azml__error_no_memory (err);
      rc = azml__file_pread (fd, room, n, (off_t)offset, &got, err);
      if (rc == 0 && got < n)
        rc = azml__error (err, AZML_E_CORRUPT, "the object '%s' became shorter",
                          hex);
      if (rc < 0)
        return rc;
      send->packed.length += n;
      offset += n;
      if (send->packed.length >= PACK_BELOW)
        rc = send_packed (send, err);
      if (rc < 0)
        return rc;
      if (!azml__session_asked (send->session, send->id))
        return 0; /* refused already: the wait for the reply says why */
    }
  send->sent++;
  send->bytes += size;
  return send->packed.length >= PACK_BELOW ? send_packed (send, err) : 0;
}

/* put DIGESTS; the reply (new) in *RET.  */
static int
send_objects (sender *send, const char *manifest, const json_t *digests,
              json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) args = json_pack ("{s:s}", "manifest", manifest);
  int rc = args ? azml__session_send (send->session, "put", args, &send->id, err)
                : azml__error_no_memory (err);
  for (size_t i = 0; rc == 0 && i < json_array_size (digests)
                     && azml__session_asked (send->session, send->id);
       i++)
    {
      const char *hex = json_string_value (json_array_get (digests, i));
      rc = send_object (send, hex ? hex : "", err);
    }
  if (rc == 0 && send->packed.length)
    rc = send_packed (send, err);
  if (rc == 0)
    rc = azml__session_close (send->session, send->id, err);
  if (rc == 0)
    return azml__session_wait (send->session, send->id, send->cancel, ret, err);
  /* Nobody waits for this any more; the close ends it over there.  */
  azml__asked *asked = azml__session_asked (send->session, send->id);
  if (asked)
    {
      asked->abandoned = 1;
      azml__session_close (send->session, send->id, NULL);
    }
  return rc;
}

/* The objects that the last answer said are missing; the manifest itself first.  */
static int
send_missing (sender *send, const char *digest, json_t *answer, azml_error **err)
{
  AZML_AUTO (json_t) have = json_incref (answer);
  for (int round = 0;; round++)
    {
      json_t *missing = json_object_get (have, "missing");
      AZML_AUTO (json_t)
      digests = missing ? json_incref (missing) : json_pack ("[s]", digest);
      if (!digests)
        return azml__error_no_memory (err);
      if (missing && json_array_size (missing) == 0)
        return 0;
      /* The manifest, then what it names: a third time, the other side lies or
       * loses.  */
      if (round == 2)
        return azml__error (err, AZML_E_PROTOCOL,
                            "azml-runner still lacks objects that it was sent");
      json_t *reply = NULL;
      int rc = send_objects (send, digest, digests, &reply, err);
      if (rc < 0)
        return rc;
      json_decref (have);
      have = reply;
    }
}

int
azml__session_send_snapshot (azml__session *session, const char *objects,
                             const char *digest, azml_cancel *cancel, json_t **ret,
                             azml_error **err)
{
  sender send = { .session = session,
                  .objects = objects,
                  .cancel = cancel,
                  .packed = AZML__BUFFER_INIT };
  AZML_AUTO (json_t) args = json_pack ("{s:s}", "manifest", digest);
  AZML_AUTO (json_t) answer = NULL;
  int rc = args ? azml__session_call (session, "have", args, cancel, &answer, err)
                : azml__error_no_memory (err);
  if (rc == 0)
    rc = send_missing (&send, digest, answer, err);
  azml__buffer_done (&send.packed);
  if (rc < 0)
    return rc;
  json_t *report = json_pack ("{s:I, s:I}", "sent", (json_int_t)send.sent, "bytes",
                              (json_int_t)send.bytes);
  if (!report)
    return azml__error_no_memory (err);
  *ret = report;
  return 0;
}

/* ahead.c: contents that are sent while they are found.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Two threads: what they share is under the lock.  The one that finds is never kept
   waiting.  */

#include <config.h>

#include "session/ahead.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/file.h"
#include "core/json.h"
#include "session/private.h"

/* Little is sent when all of it is found: a question costs a round trip.  */
#define WORTH_FILES 1000
#define WORTH_BYTES ((uint64_t)16 << 20)
#define MORE_FILES 32 /* then it is asked for by so many */

/* What one put has at most: no more is on its way when all is found.  */
#define PUT_BYTES ((uint64_t)1 << 20)
#define PUT_FILES 512

#define ENOUGH                                                                     \
  ((size_t)AZML__FRAME_CHUNK) /* waits to be written: no more is read */
#define GLANCE_MS 2           /* how often it is looked for what was found */
#define LISTEN_MS 100         /* the same as long as nobody answers */

/* A content that is being digested.  */
typedef struct growing
{
  unsigned serial; /* 0: there never was one */
  int fd;          /* -1: it has ended */
  uint64_t size, grown;
  azml__digest name;
} growing;

struct azml__ahead
{
  azml__session *session;
  azml__objects *objects; /* what is in them is read once, not for each put */
  azml_cancel *wake;      /* set: it is over */

  pthread_mutex_t lock;
  json_t *found; /* {DIGEST: SIZE}, not asked for yet */
  uint64_t found_bytes;
  growing now;
  unsigned told; /* the serial of the one of which the other side has heard */
  json_t *begun;
  int failed; /* out of memory: what is found is not looked at any more */

  /* Of who has the session.  */
  uint32_t have;    /* the question that is not answered, 0: none */
  json_t *asked;    /* {DIGEST: SIZE} that it is about */
  json_t *missing;  /* [DIGEST...], to be sent */
  size_t at;        /* of MISSING */
  int asks;         /* it was worth it once */
  uint32_t request; /* `ahead`, 0: none */
  int open;         /* it was answered: data may come */
  unsigned serial;  /* of what it is about */
  int fd;           /* the same */
  uint64_t offset;
};

void
azml__ahead_free (azml__ahead *ahead)
{
  if (!ahead)
    return;
  if (ahead->now.fd >= 0)
    close (ahead->now.fd);
  if (ahead->fd >= 0)
    close (ahead->fd);
  json_decref (ahead->found);
  json_decref (ahead->begun);
  json_decref (ahead->asked);
  json_decref (ahead->missing);
  azml_cancel_unref (ahead->wake);
  pthread_mutex_destroy (&ahead->lock);
  azml__objects_free (ahead->objects);
  free (ahead);
}

int
azml__ahead_new (azml__session *session, const char *objects, azml__ahead **ret,
                 azml_error **err)
{
  AZML_AUTO (azml__ahead) ahead = calloc (1, sizeof *ahead);
  if (!ahead)
    return azml__error_no_memory (err);
  pthread_mutex_init (&ahead->lock, NULL);
  ahead->session = session;
  ahead->now.fd = ahead->fd = -1;
  ahead->found = json_object ();
  ahead->begun = json_object ();
  ahead->missing = json_array ();
  if (!ahead->found || !ahead->begun || !ahead->missing)
    return azml__error_no_memory (err);
  int rc = azml__objects_open (objects, &ahead->objects, err);
  if (rc == 0)
    rc = azml_cancel_new (&ahead->wake, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&ahead);
  return 0;
}

/* Who finds */

void
azml__ahead_found (azml__ahead *ahead, const azml__digest *digest, uint64_t size)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  azml__digest_hex (digest, hex);
  pthread_mutex_lock (&ahead->lock);
  if (!ahead->failed)
    ahead->failed = json_object_set_new_nocheck (ahead->found, hex,
                                                 json_integer ((json_int_t)size))
                    < 0;
  ahead->found_bytes += size;
  pthread_mutex_unlock (&ahead->lock);
}

void
azml__ahead_begin (azml__ahead *ahead, const azml__digest *name, int fd,
                   uint64_t size)
{
  pthread_mutex_lock (&ahead->lock);
  ahead->now = (growing){ .serial = ahead->now.serial + 1,
                          .fd = fcntl (fd, F_DUPFD_CLOEXEC, 0),
                          .size = size,
                          .name = *name };
  pthread_mutex_unlock (&ahead->lock);
}

void
azml__ahead_grown (azml__ahead *ahead, uint64_t size)
{
  pthread_mutex_lock (&ahead->lock);
  ahead->now.grown = size;
  pthread_mutex_unlock (&ahead->lock);
}

void
azml__ahead_end (azml__ahead *ahead, const azml__digest *digest)
{
  char hex[2][AZML__DIGEST_HEX_SIZE];
  const char *name = azml__digest_hex (&ahead->now.name, hex[0]);
  pthread_mutex_lock (&ahead->lock);
  if (ahead->told == ahead->now.serial)
    {
      /* One that changed while it was read is nobody's: it stands for itself.  */
      const char *whose = digest ? azml__digest_hex (digest, hex[1]) : name;
      json_object_del (ahead->begun, name);
      ahead->failed |=
          json_object_set_new (ahead->begun, whose, json_string (name)) < 0;
    }
  if (ahead->now.fd >= 0)
    close (azml__steal_fd (&ahead->now.fd));
  pthread_mutex_unlock (&ahead->lock);
}

void
azml__ahead_over (azml__ahead *ahead)
{
  azml_cancel_set (ahead->wake);
}

json_t *
azml__ahead_begun (const azml__ahead *ahead)
{
  return json_object_size (ahead->begun) ? json_incref (ahead->begun) : NULL;
}

/* Who has the session */

/* Nobody waits for the answer to ID any more.  */
static void
abandon (azml__ahead *ahead, uint32_t id)
{
  azml__asked *asked = azml__session_asked (ahead->session, id);
  if (asked)
    asked->abandoned = 1;
}

static int
end_growing (azml__ahead *ahead, azml_error **err)
{
  uint32_t id = ahead->request;
  ahead->request = 0;
  ahead->open = 0;
  if (ahead->fd >= 0)
    close (azml__steal_fd (&ahead->fd));
  int rc = azml__session_asked (ahead->session, id)
               ? azml__session_close (ahead->session, id, err)
               : 0;
  abandon (ahead, id);
  return rc;
}

/* Ask for a place for the content NOW.  */
static int
begin_growing (azml__ahead *ahead, const growing *now, azml_error **err)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  AZML_AUTO (json_t)
  args = json_pack ("{s:s, s:I}", "name", azml__digest_hex (&now->name, hex),
                    "size", (json_int_t)now->size);
  ahead->serial = now->serial;
  if (!args)
    return azml__error_no_memory (err);
  return azml__session_send (ahead->session, "ahead", args, &ahead->request, err);
}

/* Queue the next bytes of the content NOW.  */
static int
go_on (azml__ahead *ahead, const growing *now, azml_error **err)
{
  azml__session *session = ahead->session;
  azml__buffer *out = &session->out;
  while (ahead->offset < now->grown && out->length - session->written < ENOUGH
         && !session->deaf)
    {
      size_t start = out->length, got = 0;
      uint64_t left = now->grown - ahead->offset;
      uint32_t n = left < AZML__FRAME_CHUNK ? (uint32_t)left : AZML__FRAME_CHUNK;
      char *room = azml__buffer_room (out, AZML__FRAME_HEADER + n);
      if (!room)
        return azml__error_no_memory (err);
      int rc = azml__file_pread (ahead->fd, room + AZML__FRAME_HEADER, n,
                                 (off_t)ahead->offset, &got, err);
      if (rc < 0 || got == 0)
        return rc;
      memset (room, 0, AZML__FRAME_HEADER);
      azml__put_u32 (room, (uint32_t)got);
      azml__put_u32 (room + 4, ahead->request);
      room[8] = AZML__FRAME_DATA;
      room[9] = 1;
      out->length = start + AZML__FRAME_HEADER + got;
      ahead->offset += got;
    }
  return 0;
}

static int
send_growing (azml__ahead *ahead, azml_error **err)
{
  int rc = 0;
  pthread_mutex_lock (&ahead->lock);
  growing now = ahead->now;
  int new = now.fd >= 0 && now.serial != ahead->serial;
  if (new && !ahead->request)
    {
      ahead->fd = fcntl (now.fd, F_DUPFD_CLOEXEC, 0);
      ahead->told = now.serial;
    }
  pthread_mutex_unlock (&ahead->lock);
  if (ahead->request && (now.fd < 0 || new))
    return end_growing (ahead, err);
  if (new)
    rc = begin_growing (ahead, &now, err);
  else if (ahead->open && ahead->fd >= 0)
    rc = go_on (ahead, &now, err);
  return rc;
}

/* Ask which of what was found is not there.  */
static int
ask (azml__ahead *ahead, azml_error **err)
{
  AZML_AUTO (json_t) found = NULL;
  const char *hex;
  json_t *size;
  if (ahead->have || ahead->at < json_array_size (ahead->missing))
    return 0;
  pthread_mutex_lock (&ahead->lock);
  size_t n = json_object_size (ahead->found);
  if (!ahead->failed
      && (ahead->asks ? n >= MORE_FILES
                      : n >= WORTH_FILES || ahead->found_bytes >= WORTH_BYTES))
    {
      found = ahead->found;
      ahead->found = json_object ();
      ahead->failed = !ahead->found;
    }
  pthread_mutex_unlock (&ahead->lock);
  if (!found)
    return 0;
  AZML_AUTO (json_t) digests = json_array ();
  json_object_foreach (found, hex, size)
      json_array_append_new (digests, json_string (hex));
  AZML_AUTO (json_t) args = json_pack ("{s:O}", "digests", digests);
  if (!args || json_array_size (digests) != json_object_size (found))
    return azml__error_no_memory (err);
  json_decref (ahead->asked);
  ahead->asked = azml_steal (&found);
  ahead->asks = 1;
  return azml__session_send (ahead->session, "have", args, &ahead->have, err);
}

/* Send some of what is missing.  */
static int
put_some (azml__ahead *ahead, azml_error **err)
{
  uint64_t bytes = 0;
  uint32_t id;
  if (ahead->session->puts || ahead->at == json_array_size (ahead->missing))
    return 0;
  json_t *digests = json_array ();
  while (digests && ahead->at < json_array_size (ahead->missing)
         && json_array_size (digests) < PUT_FILES && bytes < PUT_BYTES)
    {
      json_t *hex = json_array_get (ahead->missing, ahead->at++);
      bytes +=
          (uint64_t)azml__json_integer (ahead->asked, json_string_value (hex), 0);
      json_array_append (digests, hex);
    }
  if (!digests)
    return azml__error_no_memory (err);
  int rc = azml__session_put_of (ahead->session, ahead->objects, NULL, digests,
                                 NULL, NULL, &id, err);
  if (rc == 0)
    abandon (ahead, id);
  return rc;
}

/* What the other side says is missing; what nobody asked about is none of its business.  */
static void
take_missing (azml__ahead *ahead, const json_t *answer)
{
  size_t i;
  json_t *hex;
  json_array_foreach (json_object_get (answer, "missing"), i, hex)
  {
    const char *text = json_string_value (hex);
    if (text && json_object_get (ahead->asked, text))
      json_array_append (ahead->missing, hex);
  }
}

static void
take_answer (azml__ahead *ahead, const azml__message *message)
{
  int over = message->kind != AZML__FRAME_EVENT;
  if (message->id == ahead->have)
    {
      take_missing (ahead, message->json);
      /* One that does not know what it is asked is not asked again.  */
      if (message->kind == AZML__FRAME_FAIL)
        return;
      if (over)
        ahead->have = 0;
    }
  else if (over)
    {
      ahead->request = 0; /* refused: the next one may go */
      ahead->open = 0;
      if (ahead->fd >= 0)
        close (azml__steal_fd (&ahead->fd));
    }
  else if (!ahead->open)
    {
      ahead->open = 1;
      ahead->offset = (uint64_t)azml__json_integer (message->json, "have", 0);
    }
}

static int
take_messages (azml__ahead *ahead, azml_error **err)
{
  for (;;)
    {
      azml__message message;
      int got, rc = azml__session_parse (ahead->session, ahead->wake, &message,
                                         &got, err);
      if (rc < 0 || !got)
        return rc;
      if (message.id == ahead->have || message.id == ahead->request)
        {
          take_answer (ahead, &message);
          json_decref (message.json);
        }
      else if ((rc = azml__session_keep (ahead->session, &message, err)) < 0)
        return rc;
    }
}

static int
advance (azml__ahead *ahead, azml_error **err)
{
  if (!ahead->session->hello)
    return 0;
  int rc = send_growing (ahead, err);
  if (rc == 0)
    rc = ask (ahead, err);
  return rc < 0 ? rc : put_some (ahead, err);
}

int
azml__ahead_run (azml__ahead *ahead, azml_error **err)
{
  azml__session *session = ahead->session;
  AZML_AUTO (azml_error) failure = NULL;
  int rc = 0;
  while (rc == 0 && !azml_cancel_is_set (ahead->wake))
    {
      rc = advance (ahead, &failure);
      if (rc == 0)
        rc = azml__session_turn (session, session->hello ? GLANCE_MS : LISTEN_MS,
                                 session->kept_bytes < AZML__KEPT_LIMIT / 4,
                                 ahead->wake, &failure);
      if (rc == 0)
        rc = take_messages (ahead, &failure);
    }
  if (rc == AZML_E_CANCELLED)
    rc = 0;
  if (ahead->request && rc == 0)
    rc = end_growing (ahead, &failure);
  abandon (ahead, ahead->have);
  if (rc < 0)
    azml__error_move (err, &failure);
  return rc;
}

/* session.c: the client's side of the frame protocol: requests and their answers.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "session/private.h"
#include "core/clock.h"
#include "core/json.h"

#define HEARTBEAT_MS 30000

static int
heartbeat_ms (void)
{
  const char *text = getenv ("AZML_HEARTBEAT");
  double seconds = text ? strtod (text, NULL) : 0;
  return seconds >= 0.001 && seconds <= 86400 ? (int)(seconds * 1000)
                                              : HEARTBEAT_MS;
}

/* The arguments of hello (new).  On this machine the kernel tells the runner when
   this process ends, so silence means nothing: a stopped client keeps its session.
 */
static json_t *
hello_args (const azml__session *session, const json_t *layout)
{
  json_t *args = json_pack ("{s:i, s:s}", "version", AZML__PROTOCOL_VERSION,
                            "client", PACKAGE_NAME " " PACKAGE_VERSION);
  if (args && strcmp (session->channel->ops->name, "local") == 0
      && !getenv ("AZML_HEARTBEAT"))
    json_object_set_new (args, "silence", json_integer (0));
  if (args && layout)
    json_object_update (args, (json_t *)layout);
  return args;
}

int
azml__session_open (azml__channel *channel, const json_t *layout,
                    azml__session **ret, azml_error **err)
{
  AZML_AUTO (azml__session) session = calloc (1, sizeof *session);
  if (!session)
    {
      azml__channel_free (channel);
      return azml__error_no_memory (err);
    }
  session->channel = channel;
  session->kept_end = &session->kept;
  session->heartbeat_ms = heartbeat_ms ();
  AZML_AUTO (json_t) args = hello_args (session, layout);
  int rc =
      args ? azml__session_send (session, "hello", args, &session->hello_id, err)
           : azml__error_no_memory (err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&session);
  return 0;
}

static void
kept_free (azml__kept *kept)
{
  if (kept)
    json_decref (kept->message.json);
  free (kept);
}

void
azml__session_free (azml__session *session)
{
  if (!session)
    return;
  azml__channel_free (session->channel);
  while (session->kept)
    {
      azml__kept *kept = session->kept;
      session->kept = kept->next;
      kept_free (kept);
    }
  kept_free (session->handed_out);
  json_decref (session->hello);
  azml__buffer_done (&session->out);
  azml__buffer_done (&session->in);
  azml__buffer_done (&session->stderr_tail);
  azml_error_free (session->broken);
  free (session->asked);
  azml__sinks_free (session);
  while (session->puts)
    {
      azml__put *put = session->puts;
      session->puts = put->next;
      azml__put_free (put);
    }
  free (session);
}

const json_t *
azml__session_hello (const azml__session *session)
{
  return session->hello;
}

int
azml__session_broken (const azml__session *session, azml_error **err)
{
  const azml_error *why = session->broken;
  if (!why)
    return 0;
  int rc =
      azml__error_set (err, azml_error_code (why), azml_error_domain (why),
                       azml_error_native (why), "%s", azml_error_message (why));
  if (azml_error_hint (why))
    azml__error_hint (err, "%s", azml_error_hint (why));
  return rc;
}

int
azml__session_break (azml__session *session, int rc, azml_error **err)
{
  if (!session->broken)
    {
      azml__error_set (&session->broken, rc, err ? azml_error_domain (*err) : 0,
                       err ? azml_error_native (*err) : 0, "%s",
                       err && *err ? azml_error_message (*err)
                                   : "the session is broken");
      if (err && azml_error_hint (*err))
        azml__error_hint (&session->broken, "%s", azml_error_hint (*err));
    }
  return rc;
}

azml__asked *
azml__session_asked (azml__session *session, uint32_t id)
{
  for (size_t i = 0; i < session->n_asked; i++)
    if (session->asked[i].id == id)
      return &session->asked[i];
  return NULL;
}

/* Append the request OP with ARGS to OUT; see azml__session_send.  */
static int
add_request (azml__session *session, azml__buffer *out, const char *op,
             const json_t *args, uint32_t *ret_id, azml_error **err)
{
  int rc = azml__session_broken (session, err);
  if (rc < 0)
    return rc;
  azml__asked *asked =
      realloc (session->asked, (session->n_asked + 1) * sizeof *session->asked);
  if (!asked)
    return azml__error_no_memory (err);
  session->asked = asked;
  AZML_AUTO (json_t) request = json_pack ("{s:s}", "op", op);
  if (!request || (args && json_object_update (request, (json_t *)args) < 0))
    return azml__error_no_memory (err);
  do
    session->last_id++;
  while (session->last_id == 0 || azml__session_asked (session, session->last_id));
  rc = azml__frame_add_json (out, AZML__FRAME_REQUEST, session->last_id, request,
                             err);
  if (rc < 0)
    return rc;
  asked[session->n_asked++] =
      (azml__asked){ .id = session->last_id,
                     .sent = session->hello ? azml__clock_boot_ms () : 0,
                     .endless =
                         strcmp (op, "follow") == 0 || strcmp (op, "build") == 0 };
  *ret_id = session->last_id;
  return 0;
}

int
azml__session_send (azml__session *session, const char *op, const json_t *args,
                    uint32_t *ret_id, azml_error **err)
{
  return add_request (session, &session->out, op, args, ret_id, err);
}

int
azml__session_send_after (azml__session *session, uint32_t put, const char *op,
                          const json_t *args, uint32_t *ret_id, azml_error **err)
{
  for (azml__put *p = session->puts; p; p = p->next)
    if (p->id == put)
      return add_request (session, &p->after, op, args, ret_id, err);
  return azml__session_send (session, op, args, ret_id, err);
}

int
azml__session_data (azml__session *session, uint32_t id, const void *data, size_t n,
                    azml_error **err)
{
  const char *p = data;
  while (n && !session->deaf)
    {
      uint32_t part = n > AZML__FRAME_CHUNK ? AZML__FRAME_CHUNK : (uint32_t)n;
      azml__frame_add (&session->out, AZML__FRAME_DATA, 1, id, p, part);
      p += part;
      n -= part;
    }
  return azml__buffer_ok (&session->out) ? 0 : azml__error_no_memory (err);
}

int
azml__session_close (azml__session *session, uint32_t id, azml_error **err)
{
  azml__frame_add (&session->out, AZML__FRAME_CLOSE, 0, id, NULL, 0);
  return azml__buffer_ok (&session->out) ? 0 : azml__error_no_memory (err);
}

int
azml__session_flush (azml__session *session, azml_cancel *cancel, azml_error **err)
{
  int rc = azml__session_broken (session, err);
  while (rc == 0 && session->out.length - session->written > AZML__FRAME_CHUNK)
    {
      /* What comes meanwhile must be read, or both sides wait for each other; but
         not without limit: the runner goes on reading while nobody reads its data.
       */
      rc = azml__session_turn (
          session, -1, session->kept_bytes < AZML__KEPT_LIMIT / 4, cancel, err);
      if (rc == 0)
        rc = azml__session_keep_all (session, cancel, err);
    }
  return rc;
}

/* What MESSAGE takes while it is kept, about.  */
static size_t
weight (const azml__message *message)
{
  return sizeof (azml__kept) + message->length;
}

int
azml__session_keep (azml__session *session, azml__message *message,
                    azml_error **err)
{
  azml__kept *kept = NULL;
  size_t n = message->kind == AZML__FRAME_DATA ? message->length : 0;
  int fits = session->kept_bytes + weight (message) <= AZML__KEPT_LIMIT;
  if (fits)
    kept = malloc (sizeof *kept + n);
  if (!kept)
    {
      json_decref (message->json);
      return fits ? azml__error_no_memory (err)
                  : azml__error (err, AZML_E_PROTOCOL,
                                 "more data than was asked for");
    }
  kept->next = NULL;
  kept->message = *message;
  if (n)
    kept->message.data = memcpy (kept + 1, message->data, n);
  session->kept_bytes += weight (message);
  *session->kept_end = kept;
  session->kept_end = &kept->next;
  return 0;
}

int
azml__session_keep_all (azml__session *session, azml_cancel *cancel,
                        azml_error **err)
{
  for (;;)
    {
      azml__message message;
      int got, rc = azml__session_parse (session, cancel, &message, &got, err);
      if (rc == 0 && got)
        rc = azml__session_keep (session, &message, err);
      if (rc < 0 || !got)
        return rc;
    }
}

int
azml__session_fail (azml__session *session, uint32_t id, const azml_error *failure,
                    azml_error **err)
{
  azml__message message = { .kind = AZML__FRAME_FAIL, .id = id };
  azml__asked *asked = azml__session_asked (session, id);
  if (!asked || asked->abandoned)
    return 0;
  asked->abandoned = 1;
  int rc = azml__session_close (session, id, err);
  message.json = azml__error_to_json (failure);
  if (rc == 0 && !message.json)
    rc = azml__error_no_memory (err);
  return rc < 0 ? rc : azml__session_keep (session, &message, err);
}

/* Take the kept message at *PLACE out of the queue.  */
static azml__kept *
unlink_kept (azml__session *session, azml__kept **place)
{
  azml__kept *kept = *place;
  *place = kept->next;
  if (!*place)
    session->kept_end = place;
  session->kept_bytes -= weight (&kept->message);
  return kept;
}

/* Hand out the first message that was kept.  */
static void
next_kept (azml__session *session, azml__message *ret)
{
  session->handed_out = unlink_kept (session, &session->kept);
  *ret = session->handed_out->message;
  session->handed_out->message.json = NULL;
}

int
azml__session_next (azml__session *session, int timeout_ms, azml_cancel *cancel,
                    azml__message *ret, int *ret_got, azml_error **err)
{
  int64_t end = azml__clock_boot_ms () + timeout_ms;
  kept_free (azml_steal (&session->handed_out));
  for (int last = 0;;)
    {
      *ret_got = session->kept != NULL;
      if (*ret_got)
        {
          next_kept (session, ret);
          return 0;
        }
      int rc = azml__session_parse (session, cancel, ret, ret_got, err);
      if (rc < 0 || *ret_got || last)
        return rc;
      int64_t left = timeout_ms < 0 ? -1 : end - azml__clock_boot_ms ();
      if (timeout_ms >= 0 && left < 0)
        left = 0;
      last = left == 0;
      rc = azml__session_turn (session, (int)left, 1, cancel, err);
      if (rc < 0)
        return rc;
    }
}

/* Put the elements of PART's arrays behind those of WHOLE, and the rest of PART
   into it.  */
static int
merge (json_t **whole, json_t *part, azml_error **err)
{
  AZML_AUTO (json_t) taken = part;
  const char *key;
  json_t *value;
  int rc = 0;
  if (!*whole)
    {
      *whole = azml_steal (&taken);
      return 0;
    }
  json_object_foreach (taken, key, value)
  {
    json_t *before = json_object_get (*whole, key);
    if (json_is_array (before) && json_is_array (value))
      rc |= json_array_extend (before, value);
    else
      rc |= json_object_set (*whole, key, value);
  }
  return rc ? azml__error_no_memory (err) : 0;
}

/* Use MESSAGE (its json taken), which belongs to the request that is waited for.
 *RET_DONE: it was the last.  */
static int
wait_take (azml__message *message, json_t **whole, int *ret_done, azml_error **err)
{
  int rc = 0;
  *ret_done =
      message->kind == AZML__FRAME_REPLY || message->kind == AZML__FRAME_FAIL;
  if (message->kind == AZML__FRAME_FAIL)
    {
      rc = azml__error_from_json (err, message->json);
      json_decref (message->json);
    }
  else if (message->json)
    rc = merge (whole, message->json, err);
  return rc;
}

/* The same for what was kept for request ID.  */
static int
wait_kept (azml__session *session, uint32_t id, json_t **whole, int *ret_done,
           azml_error **err)
{
  azml__kept **place = &session->kept;
  while (*place)
    {
      if ((*place)->message.id != id)
        {
          place = &(*place)->next;
          continue;
        }
      azml__kept *kept = unlink_kept (session, place);
      int rc = wait_take (&kept->message, whole, ret_done, err);
      free (kept);
      if (rc < 0 || *ret_done)
        return rc;
    }
  return 0;
}

int
azml__session_wait (azml__session *session, uint32_t id, azml_cancel *cancel,
                    json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) whole = NULL;
  int done = 0;
  int rc = wait_kept (session, id, &whole, &done, err);
  while (rc == 0 && !done)
    {
      azml__message message;
      int got;
      rc = azml__session_parse (session, cancel, &message, &got, err);
      if (rc == 0 && got)
        rc = message.id == id ? wait_take (&message, &whole, &done, err)
                              : azml__session_keep (session, &message, err);
      else if (rc == 0)
        rc = azml__session_turn (session, -1, 1, cancel, err);
      if (rc == 0 && !done)
        rc = wait_kept (session, id, &whole, &done, err);
    }
  azml__asked *asked = azml__session_asked (session, id);
  if (asked)
    asked->abandoned = 1;
  if (rc == 0)
    *ret = azml_steal (&whole);
  return rc;
}

int
azml__session_call (azml__session *session, const char *op, const json_t *args,
                    azml_cancel *cancel, json_t **ret, azml_error **err)
{
  uint32_t id;
  int rc = azml__session_send (session, op, args, &id, err);
  return rc < 0 ? rc : azml__session_wait (session, id, cancel, ret, err);
}

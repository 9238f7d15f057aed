/* input.c: what comes from the runner: banner, frames, silence.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Nothing here is trusted: lengths are bounded, and a frame that answers no request
   breaks the session.  */

#include <config.h>

#include <string.h>

#include "session/private.h"
#include "core/clock.h"

#define BANNER "azml-runner "
#define READ_SIZE ((size_t)1 << 20) /* at once */
#define NOISE_LIMIT ((size_t)1 << 20)
#define STDERR_LIMIT 4096
#define PONGS_LIMIT ((size_t)1 << 20)
#define TOLD_LIMIT ((size_t)128 << 20) /* of one answer: a million names */
#define UNANSWERED 4                   /* heartbeats without a sign of life */

int
azml__session_write (azml__session *session, azml_error **err)
{
  azml__buffer *out = &session->out;
  while (session->written < out->length && !session->deaf)
    {
      size_t n;
      AZML_AUTO (azml_error) failure = NULL;
      int rc = azml__channel_write (session->channel, out->data + session->written,
                                    out->length - session->written, &n, &failure);
      /* Why it does not read any more is in what it wrote before it ended.  */
      if (rc == AZML_E_UNREACHABLE)
        session->deaf = 1;
      else if (rc < 0)
        return azml__error (err, rc, "%s", azml_error_message (failure));
      else if (n == 0)
        break;
      else
        session->written += n;
    }
  if (session->deaf || session->written == out->length)
    {
      azml__buffer_truncate (out, 0);
      session->written = 0;
    }
  else if (session->written > 4 * AZML__FRAME_CHUNK)
    {
      azml__buffer_drop (out, session->written);
      session->written = 0;
    }
  return 0;
}

/* Keep the end of what the program wrote to its standard error.  */
static int
read_stderr (azml__session *session, azml_error **err)
{
  azml__buffer *tail = &session->stderr_tail;
  for (;;)
    {
      char data[1024];
      size_t n;
      int ended;
      int rc = azml__channel_read (session->channel, AZML__CHANNEL_STDERR, data,
                                   sizeof data, &n, &ended, err);
      if (rc < 0 || n == 0)
        return rc;
      azml__buffer_add (tail, data, n);
      if (tail->length > STDERR_LIMIT)
        azml__buffer_drop (tail, tail->length - STDERR_LIMIT);
    }
}

static int
read_some (azml__session *session, int *ret_got, azml_error **err)
{
  azml__buffer *in = &session->in;
  size_t n = 0;
  int rc = read_stderr (session, err);
  if (rc < 0)
    return rc;
  azml__buffer_drop (in, session->parsed);
  session->parsed = 0;
  if (!session->ended)
    {
      char *room = azml__buffer_room (in, READ_SIZE);
      if (!room)
        return azml__error_no_memory (err);
      rc = azml__channel_read (session->channel, AZML__CHANNEL_STDOUT, room,
                               READ_SIZE, &n, &session->ended, err);
      if (rc < 0)
        return rc;
      in->length += n;
    }
  if (n)
    {
      session->silent_ms = 0;
      session->pings = 0;
    }
  *ret_got = n || session->ended;
  return 0;
}

/* Count WAITED_MS in which nothing came: ping, and at last give up.  Waiting is
   counted piece by piece and not by the clock, because a machine that slept has not
   waited.  */
static int
count_silence (azml__session *session, int64_t waited_ms, azml_error **err)
{
  session->silent_ms += waited_ms;
  if (session->silent_ms < (int64_t)session->heartbeat_ms * (session->pings + 1))
    return 0;
  if (++session->pings >= UNANSWERED)
    {
      azml__error (err, AZML_E_UNREACHABLE,
                   "azml-runner has said nothing for %d seconds",
                   (int)(session->silent_ms / 1000));
      azml__error_hint (err, "the machine or the connection to it may be down; "
                             "what runs there goes on");
      return AZML_E_UNREACHABLE;
    }
  if (session->banner)
    azml__frame_add (&session->out, AZML__FRAME_PING, 0, 0, NULL, 0);
  return azml__buffer_ok (&session->out) ? 0 : azml__error_no_memory (err);
}

static int
wait_some (azml__session *session, int timeout_ms, int read, azml_cancel *cancel,
           int *ret_ready, azml_error **err)
{
  int64_t patience =
      (int64_t)session->heartbeat_ms * (session->pings + 1) - session->silent_ms;
  int slice = patience > 0 ? (int)patience : 1;
  int wanted =
      (read ? AZML__CHANNEL_READABLE : 0)
      | (session->out.length > session->written ? AZML__CHANNEL_WRITABLE : 0);
  if (timeout_ms >= 0 && timeout_ms < slice)
    slice = timeout_ms;
  int64_t start = azml__clock_boot_ms ();
  int rc =
      azml__channel_wait (session->channel, wanted, slice, cancel, ret_ready, err);
  if (rc == 0 && (*ret_ready & AZML__CHANNEL_WRITABLE))
    session->silent_ms = session->pings = 0; /* it was full: somebody reads */
  if (rc < 0 || *ret_ready)
    return rc;
  int64_t waited = azml__clock_boot_ms () - start;
  return count_silence (session, waited > slice ? slice : waited, err);
}

int
azml__session_turn (azml__session *session, int timeout_ms, int read,
                    azml_cancel *cancel, azml_error **err)
{
  int64_t end = azml__clock_boot_ms () + timeout_ms;
  int rc = azml__session_broken (session, err);
  for (int got = 0; rc == 0;)
    {
      rc = azml__session_produce (session, err);
      if (rc < 0)
        break;
      size_t queued = session->out.length - session->written;
      rc = azml__session_write (session, err);
      int wrote = session->out.length - session->written < queued;
      if (rc == 0 && (read || session->deaf))
        rc = read_some (session, &got, err);
      int64_t left = timeout_ms < 0 ? -1 : end - azml__clock_boot_ms ();
      if (rc < 0 || got || wrote || (timeout_ms >= 0 && left <= 0))
        break;
      int ready;
      rc = wait_some (session, (int)left, read || session->deaf, cancel, &ready,
                      err);
    }
  if (rc < 0 && rc != AZML_E_CANCELLED)
    azml__session_break (session, rc, err);
  return rc;
}

/* Find the line "azml-runner 1" behind what a login shell printed.  */
static int
parse_banner (azml__session *session, azml_error **err)
{
  azml__buffer *in = &session->in;
  size_t marker = strlen (BANNER);
  const char *p = in->data, *end = in->length ? p + in->length : p, *digits;
  for (; in->length && (p = memmem (p, (size_t)(end - p), BANNER, marker));
       p = digits)
    {
      const char *q = digits = p + marker;
      while (q < end && q - digits < 6 && *q >= '0' && *q <= '9')
        q++;
      if (q == end)
        break; /* the rest of it will come */
      if (q == digits || *q != '\n')
        continue;
      session->banner = 1;
      session->parsed = (size_t)(q + 1 - in->data);
      int version = atoi (digits);
      if (version == AZML__PROTOCOL_VERSION)
        return 0;
      return azml__error (err, AZML_E_UNSUPPORTED,
                          "azml-runner speaks version %d of the protocol, not %d",
                          version, AZML__PROTOCOL_VERSION);
    }
  if (in->length <= STDERR_LIMIT)
    return 0;
  session->noise += in->length - STDERR_LIMIT;
  azml__buffer_drop (in, in->length - STDERR_LIMIT);
  return session->noise <= NOISE_LIMIT
             ? 0
             : azml__error (err, AZML_E_PROTOCOL,
                            "not an azml-runner: it printed more "
                            "than a megabyte and no greeting");
}

/* Take what was read of the current sink's data.  */
static int
parse_sink (azml__session *session, azml_cancel *cancel, azml_error **err)
{
  azml__sink *sink = &session->sinks[session->sink_current];
  size_t n = session->in.length - session->parsed, done;
  if (n > session->sink_left)
    n = session->sink_left;
  int rc = azml__sink_take (session, sink, session->in.data + session->parsed, n,
                            cancel, &done, err);
  session->parsed += done;
  session->sink_left -= done;
  return rc;
}

/* 1 if data of stream STREAM of request ID waits to be handed out: what comes after it
   must not overtake it.  */
static int
is_kept (const azml__session *session, uint32_t id, uint8_t stream)
{
  for (const azml__kept *kept = session->kept; kept; kept = kept->next)
    if (kept->message.id == id && kept->message.stream == stream
        && kept->message.kind == AZML__FRAME_DATA)
      return 1;
  return 0;
}

/* If the next frame is data for a sink, take its header and start that.  */
static int
start_sink (azml__session *session)
{
  const char *header = session->in.data + session->parsed;
  if (session->in.length - session->parsed < AZML__FRAME_HEADER
      || header[8] != AZML__FRAME_DATA
      || azml__get_u32 (header) > AZML__FRAME_LIMIT)
    return 0;
  uint32_t id = azml__get_u32 (header + 4);
  azml__asked *asked = azml__session_asked (session, id);
  if (is_kept (session, id, (uint8_t)header[9]))
    return 0;
  for (size_t i = 0; asked && !asked->abandoned && i < session->n_sinks; i++)
    if (session->sinks[i].id == id
        && session->sinks[i].stream == (uint8_t)header[9])
      {
        session->sink_current = i;
        session->sink_left = azml__get_u32 (header);
        session->parsed += AZML__FRAME_HEADER;
        return 1;
      }
  return 0;
}

/* The last frame of request ASKED came: MESSAGE.  */
static int
finish_asked (azml__session *session, azml__asked *asked, azml__message *message,
              azml_error **err)
{
  azml__session_hear_answer (session, asked);
  *asked = session->asked[--session->n_asked];
  azml__sink_end (session, message->id);
  if (message->id != session->hello_id)
    return 0;
  if (message->kind == AZML__FRAME_FAIL)
    {
      int rc = azml__error_from_json (err, message->json);
      json_decref (azml_steal (&message->json));
      return rc;
    }
  session->hello = azml_steal (&message->json);
  azml__session_hear_clock (session);
  return 0;
}

/* Count FRAME, a part of the answer to ASKED, which somebody puts together: an answer
   has an end, whoever gives it.  */
static int
count_told (azml__asked *asked, const azml__frame *frame, azml_error **err)
{
  if (frame->kind != AZML__FRAME_EVENT || asked->endless)
    return 0;
  asked->told += AZML__FRAME_HEADER + frame->length;
  return asked->told <= TOLD_LIMIT
             ? 0
             : azml__error (err, AZML_E_PROTOCOL,
                            "azml-runner gives an answer of more than %zu bytes",
                            TOLD_LIMIT);
}

/* Make MESSAGE of FRAME.  *RET_GOT 0: it is not for the caller.  */
static int
take_frame (azml__session *session, const azml__frame *frame,
            azml__message *message, int *ret_got, azml_error **err)
{
  *message = (azml__message){ .kind = frame->kind,
                              .id = frame->id,
                              .stream = frame->stream,
                              .length = frame->length };
  /* One that pings and does not read gets no more than it could have read.  */
  if (frame->kind == AZML__FRAME_PING
      && session->out.length - session->written < PONGS_LIMIT)
    azml__frame_add (&session->out, AZML__FRAME_PONG, 0, 0, NULL, 0);
  if (frame->kind == AZML__FRAME_PING || frame->kind == AZML__FRAME_PONG)
    return azml__buffer_ok (&session->out) ? 0 : azml__error_no_memory (err);
  azml__asked *asked = azml__session_asked (session, frame->id);
  if (!asked || frame->kind == AZML__FRAME_REQUEST
      || frame->kind == AZML__FRAME_CLOSE)
    return azml__error (err, AZML_E_PROTOCOL,
                        "azml-runner sent what nobody asked for");
  int abandoned = asked->abandoned || frame->id == session->hello_id;
  if (frame->kind == AZML__FRAME_DATA)
    {
      message->data = frame->payload;
      *ret_got = !abandoned;
      return 0;
    }
  int rc = count_told (asked, frame, err);
  if (rc == 0)
    rc = azml__frame_json (frame, &message->json, err);
  if (rc == 0 && !json_is_object (message->json))
    rc = azml__error (err, AZML_E_PROTOCOL,
                      "azml-runner sent a message that is no object");
  if (rc == 0 && frame->kind != AZML__FRAME_EVENT)
    rc = finish_asked (session, asked, message, err);
  *ret_got = rc == 0 && !abandoned;
  if (!*ret_got)
    json_decref (azml_steal (&message->json));
  return rc;
}

static int
parse_frames (azml__session *session, azml_cancel *cancel, azml__message *ret,
              int *ret_got, azml_error **err)
{
  while (!*ret_got && session->parsed < session->in.length)
    {
      azml__frame frame;
      if (session->sink_left || start_sink (session))
        {
          int rc = parse_sink (session, cancel, err);
          if (rc < 0)
            return rc; /* the session is well */
          continue;
        }
      ssize_t n =
          azml__frame_decode (session->in.data + session->parsed,
                              session->in.length - session->parsed, &frame, err);
      if (n == 0)
        return 0;
      int rc = n < 0 ? (int)n : take_frame (session, &frame, ret, ret_got, err);
      if (rc < 0)
        return azml__session_break (session, rc, err);
      session->parsed += (size_t)n;
    }
  return 0;
}

int
azml__session_parse (azml__session *session, azml_cancel *cancel,
                     azml__message *ret, int *ret_got, azml_error **err)
{
  int rc = azml__session_broken (session, err);
  *ret_got = 0;
  if (rc == 0 && !session->banner && (rc = parse_banner (session, err)) < 0)
    azml__session_break (session, rc, err);
  if (rc == 0 && session->banner)
    rc = parse_frames (session, cancel, ret, ret_got, err);
  if (rc == 0 && !*ret_got && session->ended)
    rc =
        azml__session_break (session, azml__session_report_end (session, err), err);
  return rc;
}

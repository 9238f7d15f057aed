/* input.c: what the client of `azml-runner serve` sends.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "serve/private.h"

#define REQUEST_LIMIT 4096 /* at a time: no client of ours comes near it */

#define BATCH_US 1000

static const struct
{
  const char *op;
  azml__serve_fn fn;
} operations[] = {
  { "hello", azml__serve_hello }, { "probe", azml__serve_probe },
  { "have", azml__serve_have },   { "put", azml__serve_put },
  { "start", azml__serve_start }, { "stop", azml__serve_stop },
  { "list", azml__serve_list },   { "follow", azml__serve_follow },
  { "fetch", azml__serve_fetch }, { "environments", azml__serve_environments },
  { "build", azml__serve_build }, { "gc", azml__serve_gc },
  { "gpus", azml__serve_gpus },   { "remove", azml__serve_remove },
  { "sync", azml__serve_sync },   { "ahead", azml__serve_ahead },
};

void
azml__serve_heard (azml__serve_state *serve)
{
  serve->unanswered = 0;
  serve->next_ping = azml__clock_boot_ms () + serve->heartbeat_ms;
}

int
azml__input_read (azml__serve_state *serve, azml_error **err)
{
  azml__buffer *in = &serve->in;
  azml__buffer_drop (in, serve->parsed);
  serve->parsed = 0;
  char *room = azml__buffer_room (in, AZML__FRAME_CHUNK);
  if (!room)
    return azml__error_no_memory (err);
  ssize_t n = read (STDIN_FILENO, room, AZML__FRAME_CHUNK);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  if (n <= 0) /* an error is a client that went, too */
    {
      serve->ended = 1;
      return 0;
    }
  in->length += (size_t)n;
  azml__serve_heard (serve);
  return 0;
}

static azml__request *
find_request (azml__serve_state *serve, uint32_t id, size_t *ret_count)
{
  azml__request *found = NULL;
  *ret_count = 0;
  for (azml__request *request = serve->requests; request; request = request->next)
    {
      *ret_count += !request->answered;
      if (request->id == id && !request->answered)
        found = request;
    }
  return found;
}

/* Do what REQUEST asks for, whose first frame is FRAME.  */
static int
run_operation (azml__request *request, const azml__frame *frame, azml_error **err)
{
  AZML_AUTO (json_t) args = NULL;
  int rc = azml__frame_json (frame, &args, err);
  if (rc < 0)
    return rc;
  const char *op = azml__json_string (args, "op");
  if (!op)
    return azml__error (err, AZML_E_PROTOCOL, "a request without \"op\"");
  if (!request->serve->hello && strcmp (op, "hello") != 0)
    return azml__error (err, AZML_E_PROTOCOL, "hello comes first");
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    if (strcmp (operations[i].op, op) == 0)
      return operations[i].fn (request, args, err);
  return azml__error (err, AZML_E_UNSUPPORTED, "this azml-runner has no '%.40s'",
                      op);
}

static int
take_request (azml__serve_state *serve, const azml__frame *frame, azml_error **err)
{
  AZML_AUTO (azml_error) failure = NULL;
  size_t count;
  if (frame->id == 0 || find_request (serve, frame->id, &count))
    return azml__error (err, AZML_E_PROTOCOL, "a request with the id %u",
                        frame->id);
  if (count >= REQUEST_LIMIT)
    return azml__error (err, AZML_E_PROTOCOL, "more than %d requests",
                        REQUEST_LIMIT);
  azml__request *request = calloc (1, sizeof *request), **end = &serve->requests;
  if (!request)
    return azml__error_no_memory (err);
  request->serve = serve;
  request->id = frame->id;
  request->fds[0] = request->fds[1] = -1;
  request->watches[0] = request->watches[1] = -1;
  while (*end)
    end = &(*end)->next;
  *end = request;
  if (run_operation (request, frame, &failure) < 0)
    azml__request_fail (request, failure, request->missing);
  return 0;
}

/* Data or close for a request that goes on; for one that is answered, the client could
   not know that yet.  */
static void
take_more (azml__serve_state *serve, const azml__frame *frame)
{
  AZML_AUTO (azml_error) failure = NULL;
  size_t count;
  int rc = 0;
  azml__request *request = find_request (serve, frame->id, &count);
  if (!request || !request->ops)
    return;
  if (frame->kind == AZML__FRAME_DATA && request->ops->data)
    rc = request->ops->data (request, frame->payload, frame->length, &failure);
  else if (frame->kind == AZML__FRAME_CLOSE && request->ops->close)
    rc = request->ops->close (request, &failure);
  if (rc < 0)
    azml__request_fail (request, failure, 0);
}

static int
take_frame (azml__serve_state *serve, const azml__frame *frame, azml_error **err)
{
  switch (frame->kind)
    {
    case AZML__FRAME_REQUEST:
      return take_request (serve, frame, err);
    case AZML__FRAME_DATA:
    case AZML__FRAME_CLOSE:
      take_more (serve, frame);
      return 0;
    case AZML__FRAME_PING:
      azml__frame_add (azml__output_tail (serve), AZML__FRAME_PONG, 0, 0, NULL, 0);
      return 0;
    case AZML__FRAME_PONG:
      return 0;
    case AZML__FRAME_EVENT:
    case AZML__FRAME_REPLY:
    case AZML__FRAME_FAIL:
      break;
    }
  return azml__error (err, AZML_E_PROTOCOL, "the client sent a frame of kind %d",
                      (int)frame->kind);
}

int
azml__input_parse (azml__serve_state *serve, azml_error **err)
{
  int64_t start = azml__clock_boot_us ();
  while (serve->parsed < serve->in.length
         && serve->out.length + serve->after.length < AZML__SERVE_BACKLOG)
    {
      azml__frame frame;
      ssize_t n =
          azml__frame_decode (serve->in.data + serve->parsed,
                              serve->in.length - serve->parsed, &frame, err);
      if (n == 0)
        return 0;
      int rc = n < 0 ? (int)n : take_frame (serve, &frame, err);
      serve->parsed += (size_t)n;
      /* Answers share a write, unless that makes them wait.  */
      if (rc == 0 && azml__clock_boot_us () - start > BATCH_US)
        {
          rc = azml__output_write (serve, err);
          start = azml__clock_boot_us ();
        }
      if (rc < 0)
        return rc;
    }
  return 0;
}

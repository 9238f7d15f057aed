/* frame.c: the frames of the protocol between client and runner.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/frame.h"

#include "core/json.h"

static void
add_header (azml__buffer *out, azml__frame_kind kind, uint8_t stream, uint32_t id,
            uint32_t n)
{
  azml__buffer_add_u32 (out, n);
  azml__buffer_add_u32 (out, id);
  azml__buffer_add_char (out, (char)kind);
  azml__buffer_add_char (out, (char)stream);
  azml__buffer_add (out, "\0\0", 2);
}

void
azml__frame_add (azml__buffer *out, azml__frame_kind kind, uint8_t stream,
                 uint32_t id, const void *payload, uint32_t n)
{
  add_header (out, kind, stream, id, n);
  azml__buffer_add (out, payload, n);
}

int
azml__frame_add_json (azml__buffer *out, azml__frame_kind kind, uint32_t id,
                      const json_t *json, azml_error **err)
{
  size_t start = out->length;
  add_header (out, kind, 0, id, 0);
  int rc = azml__json_append (out, json, err);
  if (rc < 0 || !azml__buffer_ok (out))
    return rc < 0 ? rc : azml__error_no_memory (err);
  size_t n = out->length - start - AZML__FRAME_HEADER;
  if (n > AZML__FRAME_LIMIT)
    {
      azml__buffer_truncate (out, start);
      return azml__error (err, AZML_E_TOO_LARGE, "a message of %zu bytes", n);
    }
  azml__put_u32 (out->data + start, (uint32_t)n);
  return 0;
}

ssize_t
azml__frame_decode (const char *data, size_t n, azml__frame *frame,
                    azml_error **err)
{
  if (n < AZML__FRAME_HEADER)
    return 0;
  uint32_t length = azml__get_u32 (data);
  int kind = (unsigned char)data[8];
  if (length > AZML__FRAME_LIMIT)
    return azml__error (err, AZML_E_PROTOCOL, "a frame of %u bytes", length);
  if (kind < AZML__FRAME_REQUEST || kind > AZML__FRAME_PONG)
    return azml__error (err, AZML_E_PROTOCOL, "a frame of unknown kind %d", kind);
  if (n - AZML__FRAME_HEADER < length)
    return 0;
  *frame = (azml__frame){ .kind = (azml__frame_kind)kind,
                          .stream = (uint8_t)data[9],
                          .id = azml__get_u32 (data + 4),
                          .payload = data + AZML__FRAME_HEADER,
                          .length = length };
  return (ssize_t)AZML__FRAME_HEADER + length;
}

int
azml__frame_json (const azml__frame *frame, json_t **ret, azml_error **err)
{
  return azml__json_parse (frame->payload, frame->length, "message", ret, err);
}

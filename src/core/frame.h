/* frame.h: the frames of the protocol between client and runner.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The format is doc/protocol.md.  Encoding and decoding work on buffers; who reads
   and writes the bytes is another matter.  */

#ifndef AZML_CORE_FRAME_H
#define AZML_CORE_FRAME_H

#include <jansson.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

#define AZML__FRAME_HEADER 12
#define AZML__FRAME_LIMIT ((uint32_t)16 << 20)  /* largest payload taken */
#define AZML__FRAME_CHUNK ((uint32_t)256 << 10) /* largest data payload sent */
#define AZML__PROTOCOL_VERSION 1

typedef enum azml__frame_kind
{
  AZML__FRAME_REQUEST = 1, /* client: JSON {"op": ...} */
  AZML__FRAME_DATA = 2,    /* both: bytes */
  AZML__FRAME_EVENT = 3,   /* runner: JSON, more will follow */
  AZML__FRAME_REPLY = 4,   /* runner: JSON, the last of its request */
  AZML__FRAME_FAIL = 5,    /* runner: a JSON error, the last of its request */
  AZML__FRAME_CLOSE = 6,   /* client: no more data; or, to a follow: enough */
  AZML__FRAME_PING = 7,    /* both, id 0; answered by PONG */
  AZML__FRAME_PONG = 8     /* both, id 0 */
} azml__frame_kind;

typedef struct azml__frame
{
  azml__frame_kind kind;
  uint8_t stream;      /* DATA: which of the request's streams */
  uint32_t id;         /* the request */
  const char *payload; /* borrowed from the buffer decoded */
  uint32_t length;
} azml__frame;

/* Append a frame with N bytes of PAYLOAD to OUT.  */
void azml__frame_add (azml__buffer *out, azml__frame_kind kind, uint8_t stream,
                      uint32_t id, const void *payload, uint32_t n);

/* Append a frame whose payload is JSON.  */
int azml__frame_add_json (azml__buffer *out, azml__frame_kind kind, uint32_t id,
                          const json_t *json, azml_error **err);

/* Look at the first frame of the N bytes at DATA.  Return its whole size and fill
   *FRAME; 0 if more bytes are needed; AZML_E_PROTOCOL for an unknown kind or a
   payload over the limit.  */
ssize_t azml__frame_decode (const char *data, size_t n, azml__frame *frame,
                            azml_error **err);

/* Parse the payload of FRAME as JSON.  */
int azml__frame_json (const azml__frame *frame, json_t **ret, azml_error **err);

#endif

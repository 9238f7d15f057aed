/* session.h: the client's side of the frame protocol over a channel.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Requests are sent without waiting; what comes back is handed out frame by frame,
   so one session follows many runs.  Data of a request goes straight to a
   descriptor where the caller registered a sink.  */

#ifndef AZML_SESSION_SESSION_H
#define AZML_SESSION_SESSION_H

#include <jansson.h>

#include "channel/channel.h"
#include "core/frame.h"

typedef struct azml__session azml__session;

/* Start the protocol on CHANNEL (taken, also on failure): send hello with LAYOUT
   ({"root", "runs", "objects"}, all optional; NULL: none).  Does not wait.  Store
   the session (new) in *RET.  A session belongs to one thread at a time.  */
int azml__session_open (azml__channel *channel, const json_t *layout,
                        azml__session **ret, azml_error **err);
void azml__session_free (azml__session *session);
AZML_DEFINE_AUTO (azml__session, azml__session_free)

/* The reply to hello, once a frame was received (borrowed), else NULL.  */
const json_t *azml__session_hello (const azml__session *session);

/* Whether a runner may have read what was asked over a session.  */
typedef enum azml__session_reach
{
  AZML__SESSION_NEVER, /* it is of no use any more, and no runner read anything of it */
  AZML__SESSION_MUTE, /* its program has ended, and nothing was heard of a runner */
  AZML__SESSION_MAYBE
} azml__session_reach;
azml__session_reach azml__session_reached (azml__session *session);

/* 1 unless it is known that the session is of no use any more.  Takes in what has come since
   somebody last listened; messages are kept for azml__session_next.  Hardly waits.  */
int azml__session_is_well (azml__session *session, azml_cancel *cancel);

/* Queue the request OP with ARGS (an object, or NULL; borrowed).  Store its id in
 *RET_ID.  */
int azml__session_send (azml__session *session, const char *op, const json_t *args,
                        uint32_t *ret_id, azml_error **err);

/* Queue data for request ID; queue its close.  What is queued is written by
   azml__session_next; azml__session_flush writes until little is left, so that a
   large file never sits in memory.  */
int azml__session_data (azml__session *session, uint32_t id, const void *data,
                        size_t n, azml_error **err);
int azml__session_close (azml__session *session, uint32_t id, azml_error **err);
int
azml__session_flush (azml__session *session, azml_cancel *cancel, azml_error **err);

/* Data frames of stream STREAM of request ID are written to FD (borrowed) and
   counted instead of being handed out.  A sink that cannot be written any more
   (EPIPE, ENOSPC) is AZML_E_* from azml__session_next, once; what comes for it
   afterwards is dropped, and the session goes on.  SIGPIPE is not raised.  */
int azml__session_sink (azml__session *session, uint32_t id, uint8_t stream, int fd,
                        azml_error **err);

/* The same, and the data is written to FILE (taken) behind what it holds when the first
   data comes; FD -1: only there.  Where FILE cannot be written any more FD goes on, and the
   other way round.  */
int azml__session_mirror (azml__session *session, uint32_t id, uint8_t stream,
                          int file, int fd, azml_error **err);

/* The same for data that a function takes; its error ends the request.  STATE is taken,
   also on failure: FREE is called after the request's last frame.  */
typedef struct azml__taker
{
  int (*take) (void *state, const char *data, size_t n, azml_error **err);
  void (*free) (void *state);
  void *state;
} azml__taker;
int azml__session_taker (azml__session *session, uint32_t id, uint8_t stream,
                         const azml__taker *taker, azml_error **err);

/* The bytes that were written to that sink.  */
uint64_t azml__session_sink_count (const azml__session *session, uint32_t id,
                                   uint8_t stream);

typedef struct azml__message
{
  azml__frame_kind kind; /* DATA, EVENT, REPLY or FAIL */
  uint32_t id;
  uint8_t stream;
  json_t *json;     /* EVENT, REPLY, FAIL: new, the caller's */
  const char *data; /* DATA: borrowed until the next call */
  uint32_t length;
} azml__message;

/* Receive the next message, at most TIMEOUT_MS long (-1: for ever); write what is
   queued meanwhile.  *RET_GOT 0: time is up.  AZML_E_CANCELLED; AZML_E_UNREACHABLE:
   the other side is gone (the message quotes what it wrote to stderr), or says
   nothing although it should answer pings (four intervals of AZML_HEARTBEAT
   seconds, else 30); AZML_E_PROTOCOL.  After the latter two the session is of no
   use any more and every call says so again.  */
int azml__session_next (azml__session *session, int timeout_ms, azml_cancel *cancel,
                        azml__message *ret, int *ret_got, azml_error **err);

/* Send OP and wait for its reply (new) in *RET; messages of other requests that
   come meanwhile are kept for azml__session_next.  A fail becomes the error it
   describes. A reply too large for one frame comes in parts: the arrays of its
   events are put before those of the reply.  */
int azml__session_call (azml__session *session, const char *op, const json_t *args,
                        azml_cancel *cancel, json_t **ret, azml_error **err);

/* Send the contents DIGESTS (an array of hex; taken, also on failure) of the object store
   folder OBJECTS, those that OFFSETS ({DIGEST: OFFSET}, or NULL) names from there on, and
   close: request `put`, whose id is stored in *RET_ID, its reply about the snapshot MANIFEST
   (NULL: none).  BEGUN ({DIGEST: NAME}, or NULL) is what azml__ahead_begun said.  They are
   read while azml__session_next and the others wait, piece by piece.  A content that is not
   there fails the request.  */
int azml__session_put (azml__session *session, const char *objects,
                       const char *manifest, json_t *digests, json_t *offsets,
                       json_t *begun, uint32_t *ret_id, azml_error **err);

/* Queue the request OP with ARGS behind all data of the request PUT.  */
int
azml__session_send_after (azml__session *session, uint32_t put, const char *op,
                          const json_t *args, uint32_t *ret_id, azml_error **err);

/* The bytes of content that request PUT has sent; (uint64_t)-1 once all are.  */
uint64_t azml__session_put_bytes (const azml__session *session, uint32_t put);

/* The id of the put that is being sent, 0: none is.  *RET_SENT: what
   azml__session_put_bytes says of it; *RET_TOTAL: what that is in the end.  */
uint32_t azml__session_putting (const azml__session *session, uint64_t *ret_sent,
                                uint64_t *ret_total);

#endif

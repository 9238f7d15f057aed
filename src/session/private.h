/* private.h: what the files of the session share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SESSION_PRIVATE_H
#define AZML_SESSION_PRIVATE_H

#include "session/session.h"
#include "snapshot/objects.h"

#define AZML__KEPT_LIMIT ((size_t)64 << 20) /* of messages nobody asked for yet */

/* A message that waits to be handed out.  */
typedef struct azml__kept
{
  struct azml__kept *next;
  azml__message message; /* its data is a copy of ours */
} azml__kept;

/* A request whose last frame has not come.  */
typedef struct azml__asked
{
  uint32_t id;
  int abandoned; /* nobody wants what still comes */
  int endless; /* its events are news, not parts of an answer that is put together */
  size_t told;  /* bytes of those parts */
  int64_t sent; /* when; 0: before the other side was known to listen */
} azml__asked;

typedef struct azml__sink
{
  uint32_t id;
  uint8_t stream;
  int fd;         /* borrowed; -1: none, or it could not be written any more */
  uint64_t count; /* bytes taken */
  int file;       /* owned; written at START + STORED; -1: none */
  off_t start;
  uint64_t stored; /* ahead of COUNT while FD makes us wait */
  int lends;       /* FD may take FILE's pages as they are */
  azml__taker taker;
} azml__sink;

/* Contents that are being sent as data of a request.  */
typedef struct azml__put
{
  struct azml__put *next;
  uint32_t id;
  azml__objects *objects;
  json_t *digests; /* hex */
  json_t *offsets; /* {DIGEST: OFFSET} of what the other side has a part, or NULL */
  size_t at;       /* of digests */
  azml__object object; /* that is being sent */
  uint64_t offset;     /* in it */
  uint64_t bytes;      /* of content queued so far */
  uint64_t total;      /* the same in the end; 0: not measured yet */
  azml__buffer after;  /* requests that go behind it */
} azml__put;

struct azml__session
{
  azml__channel *channel;
  json_t *hello;
  uint32_t hello_id, last_id;

  azml__buffer out;
  size_t written; /* of out */
  int deaf;       /* the other side does not read any more */

  azml__buffer in;
  size_t parsed;       /* of in */
  size_t noise;        /* bytes that came before the banner */
  int banner;          /* it came */
  int ended;           /* the other side closed its output */
  size_t sink_left;    /* of the data frame that goes to sink_current */
  size_t sink_current; /* index in sinks */
  azml__buffer stderr_tail;

  azml__asked *asked;
  size_t n_asked;
  azml__sink *sinks;
  size_t n_sinks;
  azml__put *puts;
  azml__kept *kept, **kept_end, *handed_out;
  size_t kept_bytes;

  int64_t heard_ms; /* how far the clock there is ahead, had hello come at once */
  int64_t round_ms; /* the shortest time in which an answer came, 0: not known */

  int heartbeat_ms;
  int64_t silent_ms; /* waited since something came */
  int pings;         /* sent since then */
  azml_error *broken;
};

/* Read and write what is possible now, after waiting for it at most TIMEOUT_MS.
   READ 0: only write.  */
int azml__session_turn (azml__session *session, int timeout_ms, int read,
                        azml_cancel *cancel, azml_error **err);

/* Take the next message out of what was read.  *RET_GOT 0: more must be read.  Its
   data is borrowed until the next call.  */
int azml__session_parse (azml__session *session, azml_cancel *cancel,
                         azml__message *ret, int *ret_got, azml_error **err);

/* Keep MESSAGE (its json taken) for azml__session_next.  */
int azml__session_keep (azml__session *session, azml__message *message,
                        azml_error **err);

/* Parse what was read, and keep it.  */
int azml__session_keep_all (azml__session *session, azml_cancel *cancel,
                            azml_error **err);

/* Wait for the reply of request ID (new) in *RET; see azml__session_call.  */
int azml__session_wait (azml__session *session, uint32_t id, azml_cancel *cancel,
                        json_t **ret, azml_error **err);

/* Queue more of what is to be sent, unless enough waits to be written.  A content that
   cannot be read any more ends its request with a fail of our own.  */
int azml__session_produce (azml__session *session, azml_error **err);
void azml__put_free (azml__put *put);

/* azml__session_put of contents of OBJECTS, which stay open until the last is sent.  */
int azml__session_put_of (azml__session *session, azml__objects *objects,
                          const char *manifest, json_t *digests, json_t *offsets,
                          json_t *begun, uint32_t *ret_id, azml_error **err);

/* End request ID, whose caller gets a fail because of FAILURE as if the other side had said
   it; what still comes is dropped.  */
int azml__session_fail (azml__session *session, uint32_t id,
                        const azml_error *failure, azml_error **err);

/* Note in hello how far the clock there is ahead: hello came, or the answer to ASKED.  */
void azml__session_hear_clock (azml__session *session);
void azml__session_hear_answer (azml__session *session, const azml__asked *asked);

/* Close what the sinks of request ID own.  */
void azml__sink_end (azml__session *session, uint32_t id);
void azml__sinks_free (azml__session *session);

/* Take N bytes of DATA for SINK; *RET says how many went, also on failure, after which
   what failed is not tried again.  */
int azml__sink_take (azml__session *session, azml__sink *sink, const char *data,
                     size_t n, azml_cancel *cancel, size_t *ret, azml_error **err);

/* Write what is queued, as far as it goes.  */
int azml__session_write (azml__session *session, azml_error **err);

/* The request ID, or NULL if its last frame has come.  */
azml__asked *azml__session_asked (azml__session *session, uint32_t id);

/* Remember that the session is of no use, for the reason in *ERR.  Return RC.  */
int azml__session_break (azml__session *session, int rc, azml_error **err);

/* The other side's output has ended: set *ERR to that, and what it said last.  */
int azml__session_report_end (azml__session *session, azml_error **err);

/* Set *ERR again to why the session is of no use; 0 if it is of use.  */
int azml__session_broken (const azml__session *session, azml_error **err);

#endif

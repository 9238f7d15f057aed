/* private.h: what the operations of `azml-runner serve` share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   One thread, one poll loop.  A request lives from its first frame until its reply or
   fail was queued.  One that cannot answer at once has operations: `data` and `close`
   are called for the client's frames, `work` whenever the request is awake and the
   output has room.  Each call queues one frame or so, in turn, so that a followed log
   of a gigabyte neither starves the others nor sits in memory.  */

#ifndef AZML_SERVE_PRIVATE_H
#define AZML_SERVE_PRIVATE_H

#include <azml/cancel.h>
#include <poll.h>

#include "core/frame.h"
#include "core/random.h"
#include "serve/serve.h"
#include "snapshot/objects.h"

/* Bytes of answers that wait; from then on no more requests are taken.  */
#define AZML__SERVE_BACKLOG ((size_t)4 << 20)

typedef struct azml__serve_state azml__serve_state;
typedef struct azml__request azml__request;

typedef struct azml__request_ops
{
  int (*data) (azml__request *request, const void *data, size_t n,
               azml_error **err);
  int (*close) (azml__request *request, azml_error **err);
  int (*work) (azml__request *request, azml_error **err);
  void (*free) (azml__request *request);
} azml__request_ops;

struct azml__request
{
  azml__request *next;
  azml__serve_state *serve;
  uint32_t id;
  int answered; /* the last frame is queued */
  int missing;  /* a failure is for want of a snapshot */
  const azml__request_ops *ops;
  void *state; /* the operation's, freed by ops->free */

  int awake;      /* call work when there is room */
  int64_t due;    /* or at this time (clock_boot_ms); 0: never */
  int fds[2];     /* or when one of these is readable; -1: none */
  int watches[2]; /* or when one of these inotify watches has news; -1: none */
};

/* Bytes that go out after a buffer, straight from a file.  */
typedef struct azml__segment
{
  int fd; /* -1: none */
  azml__request *owner;
  off_t offset;
  size_t left;
  int *
      shrunk; /* set if the file ended early: zeros went out (borrowed, may be NULL) */
} azml__segment;

/* A keeper that was started here.  */
typedef struct azml__child
{
  pid_t pid;
  int fd; /* its pidfd; -1 where the kernel has none */
  char id[AZML__RANDOM_ID_SIZE];
  int at_work; /* its run has one of the places that the client shares out */
} azml__child;

struct azml__serve_state
{
  const char *roots[3]; /* of the command line: root, runs, objects */
  azml__layout layout;
  int hello;          /* it came: LAYOUT is filled */
  int64_t silence_ms; /* how long the client may say nothing; 0: for ever */

  azml__buffer in;
  size_t parsed;
  int ended; /* the client is gone */

  azml__buffer out, after; /* what goes before and after SEGMENT */
  size_t written;          /* of out */
  azml__segment segment;

  azml__request *requests;
  int inotify; /* -1: there is none */
  azml__child *children;
  size_t n_children;
  unsigned turns; /* of those that waited for a place */

  int heartbeat_ms;
  int64_t next_ping;
  int unanswered;

  azml__objects *objects; /* NULL: they were not needed lately */
  int64_t objects_at;     /* when they were (clock_boot_ms) */
  char complete[65];      /* a snapshot seen complete ... */
  int64_t complete_at;    /* ... then */
};

typedef int (*azml__serve_fn) (azml__request *request, const json_t *args,
                               azml_error **err);

/* The operations; each queues the reply, or sets ops and state.  */
int
azml__serve_hello (azml__request *request, const json_t *args, azml_error **err);
int
azml__serve_probe (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_have (azml__request *request, const json_t *args, azml_error **err);
int
azml__serve_ahead (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_put (azml__request *request, const json_t *args, azml_error **err);
int
azml__serve_start (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_stop (azml__request *request, const json_t *args, azml_error **err);
int
azml__serve_remove (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_list (azml__request *request, const json_t *args, azml_error **err);
int
azml__serve_follow (azml__request *request, const json_t *args, azml_error **err);
int
azml__serve_fetch (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_environments (azml__request *request, const json_t *args,
                              azml_error **err);
int
azml__serve_build (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_gc (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_sync (azml__request *request, const json_t *args, azml_error **err);
int azml__serve_gpus (azml__request *request, const json_t *args, azml_error **err);

/* Queue an event, the reply (JSON taken, NULL: out of memory).  */
int azml__request_event (azml__request *request, json_t *json, azml_error **err);
int azml__request_reply (azml__request *request, json_t *json, azml_error **err);

/* Reply with REST (or NULL; borrowed) and the array ALL under KEY, of which events of
   PART_SIZE elements go before as long as it is too much for one frame.  */
int azml__request_reply_parts (azml__request *request, const char *key,
                               const json_t *all, size_t part_size, json_t *rest,
                               azml_error **err);

/* Queue the fail for ERR; MISSING adds "missing": true.  */
void
azml__request_fail (azml__request *request, const azml_error *err, int missing);

/* Queue a data frame of N bytes: of DATA, or of the file FD (borrowed until the segment
   has gone; at most one in flight: only from `work`).  */
int azml__request_data (azml__request *request, uint8_t stream, const void *data,
                        size_t n, azml_error **err);
int azml__request_segment (azml__request *request, uint8_t stream, int fd,
                           off_t offset, size_t n, int *shrunk, azml_error **err);

/* ARGS[KEY] as a run id: AZML_E_INVALID if it is none.  */
int azml__request_run_id (const json_t *args, const char **ret, azml_error **err);

/* The state of run ID; "queued" where it cannot be told yet.  */
int azml__read_state (const azml__layout *layout, const char *id, azml__state *ret,
                      azml_error **err);

/* 1 if the start of run ID has no answer yet: who follows it is woken by that; wait for
   all that have none, and withdraw those that wait for a place.  */
int azml__serve_is_starting (const azml__serve_state *serve, const char *id);
void azml__serve_end_starts (azml__serve_state *serve);

/* Let those that wait for news of a run look.  */
void azml__serve_wake (const azml__serve_state *serve);

/* The id of the run (borrowed) that REQUEST follows until it is over, NULL: none.  */
const char *azml__follow_until_over (const azml__request *request);

/* Withdraw the start of run ID.  Return 0 if there is none that waits for a place.  */
int azml__serve_withdraw (azml__serve_state *serve, const char *id);

/* Begin the runs that wait for a place, in order, as far as there are some.  */
void azml__serve_fill_places (azml__serve_state *serve);

/* Close the objects if nobody needed them lately.  */
void azml__serve_objects_let_go (azml__serve_state *serve);

/* 0 if the snapshot HEX is here as a whole.  AZML_E_NOT_FOUND: it is not.  */
int azml__serve_snapshot_check (azml__serve_state *serve, const char *hex,
                                azml_error **err);

/* Wait for child PID, the keeper of run ID ("": of none), in the loop.  */
int azml__serve_adopt (azml__serve_state *serve, pid_t pid, const char *id,
                       azml_error **err);

/* The run ID takes a place, or gives it away; how many are taken, also by runs that are only
   followed.  A keeper that ends gives its run's away.  */
void azml__serve_take_place (azml__serve_state *serve, const char *id);
void azml__serve_leave_place (azml__serve_state *serve, const char *id);
int azml__serve_places_taken (const azml__serve_state *serve);

/* A child process that works on a request.  */
typedef struct azml__task
{
  const azml__layout *layout;
  int log, lines; /* data on stream 1; messages */
  azml_cancel *cancel;
} azml__task;

/* What it does: store the reply (new) in *RET.  */
typedef int (*azml__task_fn) (azml__task *task, const json_t *args, json_t **ret,
                              azml_error **err);

/* Send an event (taken) from there.  */
void azml__task_event (const azml__task *task, json_t *event);

/* Answer REQUEST by what FN does with ARGS in a child.  */
int azml__serve_task (azml__request *request, azml__task_fn fn, const json_t *args,
                      azml_error **err);

/* End the runs IDS, see azml__settle, in a process of its own, which takes fds[0] of REQUEST;
   that is awake again when it may be over.  */
int
azml__serve_settle (azml__request *request, const json_t *ids, azml_error **err);

/* 1 while that goes on, and REQUEST sleeps; 0 if it is over, or there is none.  On failure it
   could not end one of them, and nobody waits for the others; ERR may be NULL: then that is
   passed over, and all are waited for.  */
int azml__serve_settles (azml__request *request, azml_error **err);

/* Reap those that ended.  */
void azml__children_reap (azml__serve_state *serve);

/* The client has shown a sign of life.  */
void azml__serve_heard (azml__serve_state *serve);

/* Input (input.c).  Read what is there; do what the whole frames say.
   AZML_E_PROTOCOL: the client is none of ours.  */
int azml__input_read (azml__serve_state *serve, azml_error **err);
int azml__input_parse (azml__serve_state *serve, azml_error **err);

/* Output (output.c).  Write as much as goes; AZML_E_UNREACHABLE: the client does
   not read any more.  */
int azml__output_write (azml__serve_state *serve, azml_error **err);
int azml__output_pending (const azml__serve_state *serve);
/* Where a frame that is queued now belongs.  */
azml__buffer *azml__output_tail (azml__serve_state *serve);

#endif

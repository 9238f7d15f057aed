/* queue.h: a run that wants GPUs, and waits for its turn.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Nobody keeps the queue: each run that waits looks at all names (table.h) and
   finds what is its own.  The oldest takes what it can use; a younger one leaves alone
   what an older one could use, so that nobody starves.  What keeps a run waiting is
   watched by a connection that breaks when it goes.  */

#ifndef AZML_LEASE_QUEUE_H
#define AZML_LEASE_QUEUE_H

#include <poll.h>

#include "gpu/request.h"
#include "lease/table.h"
#include "lease/lease.h"

/* What a GPU of the list is to a run that looks.  */
typedef enum azml__lease_view
{
  AZML__LEASE_UNFIT, /* no device, or not one that the request means */
  AZML__LEASE_FREE,
  AZML__LEASE_TAKEN,    /* somebody holds it, or what it is a part of */
  AZML__LEASE_OCCUPIED, /* by processes outside of any lease */
  AZML__LEASE_RESERVED  /* an older run that waits could use it */
} azml__lease_view;

typedef struct azml__lease_queue azml__lease_queue;

/* REQUEST is borrowed, and so are RUN and KEEP (may be NULL).  */
int azml__lease_queue_new (const azml__gpu_request *request, const char *run,
                           azml__lease_keep *keep, azml__lease_queue **ret,
                           azml_error **err);
void azml__lease_queue_free (azml__lease_queue *queue);
AZML_DEFINE_AUTO (azml__lease_queue, azml__lease_queue_free)

/* Take over what nvidia-smi said just now; a LIST (taken) that says nothing is ignored.
 */
void azml__lease_queue_set_list (azml__lease_queue *queue, azml__gpu_list *list);
const azml__gpu_list *azml__lease_queue_list (const azml__lease_queue *queue);

/* Hand over the list (may be NULL): the queue is of no more use.  */
azml__gpu_list *azml__lease_queue_steal_list (azml__lease_queue *queue);

/* Try.  1: the request is met, *LEASE holds what it needs (maybe nothing).  0: it is to
   wait, see azml__lease_queue_watch.  2: the list is too old to decide, a new one is
   wanted.  Negative: an error that will not go away.  */
int azml__lease_queue_try (azml__lease_queue *queue, azml__lease *lease,
                           azml_error **err);

/* What to wait for after a 0: FDS (borrowed until the next try; any event) and
   milliseconds.  */
nfds_t azml__lease_queue_watch (azml__lease_queue *queue, struct pollfd **ret_fds,
                                int *ret_timeout_ms);

/* Of the last try: what GPU I of the list is to this run, the want of the youngest of the
   older runs that could use it (or NULL), how many of them there are, and all names.
   Borrowed until the next try.  */
azml__lease_view azml__lease_queue_view (const azml__lease_queue *queue, size_t i);
const azml__lease_name *
azml__lease_queue_claimant (const azml__lease_queue *queue, size_t i);
size_t azml__lease_queue_ahead (const azml__lease_queue *queue);

/* What keeps the run waiting and is nobody's doing: nvidia-smi does not answer any more, or
   the machine has not got now what the request asks for (new); NULL: nothing does.  */
char *azml__lease_queue_problem (const azml__lease_queue *queue);
const azml__lease_table *azml__lease_queue_table (const azml__lease_queue *queue);

/* Bytes on GPU that nobody of ours can have put there are of no account below this.  */
int64_t azml__lease_small (const azml__gpu *gpu);

/* 1 if processes outside of any lease keep GPU from REQUEST.  */
int azml__lease_is_occupied (const azml__gpu_request *request,
                             const azml__gpu_list *list, const azml__gpu *gpu);

#endif

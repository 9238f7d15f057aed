/* claim.h: a run's place in the queue, and what it watches.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_LEASE_CLAIM_H
#define AZML_LEASE_CLAIM_H

#include <poll.h>

#include "lease/name.h"
#include "lease/note.h"

typedef struct azml__lease_claim
{
  azml__lease_name self; /* an AZML__LEASE_WAIT */
  int fd;                /* its socket, or -1 */
  char (*wants)[AZML__LEASE_NAME_SIZE];
  int *fds; /* of the wants */
  size_t n_wants, n_room;
  struct pollfd *watches;
  char (*names)[AZML__LEASE_NAME_SIZE]; /* what each watches */
  size_t n_watches, size_watches;
} azml__lease_claim;

/* A claim of RUN for COUNT GPUs that begins now and is not published.  */
void
azml__lease_claim_init (azml__lease_claim *claim, const char *run, int64_t count);

/* Take back all: it does not wait any more.  */
void azml__lease_claim_done (azml__lease_claim *claim);

/* Make known that it waits for COUNT of the N GPUs UUIDS (0: none can be had at
   present).  */
int azml__lease_claim_publish (azml__lease_claim *claim, const char *const *uuids,
                               size_t n, int64_t count, azml_error **err);

/* Read the notes of those that are watched and are gone, or were until now: TAKE gets each
   that somebody told of the GPU that he held.  */
void
azml__lease_claim_hear (azml__lease_claim *claim,
                        void (*take) (const azml__lease_note *note, void *data),
                        void *data);

/* Watch the N sockets NAMES and no others.  Return 1 if one of them is gone already.  */
int azml__lease_claim_watch (azml__lease_claim *claim,
                             char (*names)[AZML__LEASE_NAME_SIZE], size_t n);

#endif

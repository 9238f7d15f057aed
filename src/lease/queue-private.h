/* queue-private.h: what the parts of the queue share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_LEASE_QUEUE_PRIVATE_H
#define AZML_LEASE_QUEUE_PRIVATE_H

#include "lease/claim.h"
#include "lease/queue.h"

/* A waiting run that could have gone on since ABLE_MS.  */
typedef struct able
{
  azml__lease_name name;
  int64_t able_ms;
} able;

struct azml__lease_queue
{
  const azml__gpu_request *request;
  const char *run;
  azml__lease_keep *keep;
  azml__gpu_list *list;
  char *silent;      /* why the last answer said nothing, or NULL */
  int64_t listed_ms; /* when the list came */
  int64_t asked_ms;  /* when one came, maybe one that says nothing */
  int64_t *known_ms; /* when a GPU's last holder told of it, else 0 */
  int recheck_ms;
  azml__lease_claim claim;
  azml__lease_table table;
  unsigned char *views;              /* azml__lease_view of each GPU of the list */
  const azml__lease_name **claimant; /* of each unit of the table: the want of the
                                        youngest of the older, or NULL */
  able *ables;
  size_t n_ables, ahead;
  int timeout_ms;
};

/* Hear what those who gave up a GPU say of it.  */
void azml__lease_queue_hear (azml__lease_queue *queue);

/* 1 if what is known of each of the N GPUs at PICKS is new enough to take it.  */
int azml__lease_queue_is_fresh (const azml__lease_queue *queue, const size_t *picks,
                                size_t n);

#endif

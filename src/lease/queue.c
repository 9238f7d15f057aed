/* queue.c: a run that wants GPUs, and waits for its turn.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/queue-private.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/path.h"

#define LOOK_MS 5000   /* look again, although nothing that is watched went */
#define STUCK_MS 30000 /* who could take what he wants and does not is stopped */
#define RECHECK_MS 500 /* first pause before nvidia-smi is asked again ... */
#define RECHECK_MOST_MS 15000 /* ... and the longest */
#define COLLISION_MS 20       /* two wanted the same at the same moment */

int
azml__lease_queue_new (const azml__gpu_request *request, const char *run,
                       azml__lease_keep *keep, azml__lease_queue **ret,
                       azml_error **err)
{
  azml__lease_queue *queue = calloc (1, sizeof *queue);
  if (!queue)
    return azml__error_no_memory (err);
  queue->request = request;
  queue->run = run;
  queue->keep = keep;
  queue->recheck_ms = RECHECK_MS;
  azml__lease_claim_init (&queue->claim, run, request->count);
  *ret = queue;
  return 0;
}

void
azml__lease_queue_free (azml__lease_queue *queue)
{
  azml__lease_claim_done (&queue->claim);
  azml__lease_table_done (&queue->table);
  azml__gpu_list_free (queue->list);
  free (queue->silent);
  free (queue->known_ms);
  free (queue->views);
  free (queue->claimant);
  free (queue->ables);
  free (queue);
}

/* How long WAITER has been able to go on; 0 milliseconds when it is seen first.  */
static int64_t
able_for (azml__lease_queue *queue, const azml__lease_name *waiter, int64_t now,
          able *next, size_t *n_next)
{
  int64_t since = now;
  for (size_t i = 0; i < queue->n_ables; i++)
    if (azml__lease_order (&queue->ables[i].name, waiter) == 0)
      since = queue->ables[i].able_ms;
  next[(*n_next)++] = (able){ *waiter, since };
  return now - since;
}

/* Note for each unit who of the older wants it.  One that could go on for long and does
   not is passed over.  */
static int
note_claims (azml__lease_queue *queue, azml_error **err)
{
  const azml__lease_table *table = &queue->table;
  size_t n_waits, n_wants, at = 0, n_next = 0;
  const azml__lease_entry *waits =
      azml__lease_table_kind (table, AZML__LEASE_WAIT, &n_waits);
  const azml__lease_entry *wants =
      azml__lease_table_kind (table, AZML__LEASE_WANT, &n_wants);
  int64_t now = azml__clock_boot_ms ();
  able *next = calloc (n_waits + 1, sizeof *next);
  free (queue->claimant);
  queue->claimant = calloc (table->n_units + 1, sizeof *queue->claimant);
  if (!next || !queue->claimant)
    {
      free (next);
      return azml__error_no_memory (err);
    }
  for (size_t i = 0; i < n_waits; i++)
    {
      const azml__lease_name *waiter = &waits[i].name;
      int64_t possible = 0;
      if (azml__lease_order (waiter, &queue->claim.self) >= 0)
        break;
      while (at < n_wants && azml__lease_order (&wants[at].name, waiter) < 0)
        at++;
      size_t first = at;
      for (; at < n_wants && azml__lease_order (&wants[at].name, waiter) == 0; at++)
        possible += !table->units[wants[at].unit].leased
                    && !queue->claimant[wants[at].unit];
      if (at > first && possible >= waiter->count
          && able_for (queue, waiter, now, next, &n_next) > STUCK_MS)
        continue;
      for (size_t j = first; j < at; j++)
        queue->claimant[wants[j].unit] = &wants[j].name;
    }
  free (queue->ables);
  queue->ables = next;
  queue->n_ables = n_next;
  return 0;
}

/* 1 if GPU I of the list, or one that it is a part of, or a part of it, is held.  */
static int
is_taken (const azml__lease_queue *queue, size_t i)
{
  const azml__gpu_list *list = queue->list;
  for (size_t j = 0; j < list->count; j++)
    {
      const azml__gpu *gpu = &list->gpus[j];
      if (j != i && list->gpus[i].parent != (int)j && gpu->parent != (int)i)
        continue;
      const azml__lease_unit *unit =
          gpu->uuid ? azml__lease_table_unit (&queue->table, gpu->uuid) : NULL;
      if (unit && unit->leased)
        return 1;
    }
  return 0;
}

static azml__lease_view
view_of (const azml__lease_queue *queue, size_t i)
{
  const azml__gpu *gpu = &queue->list->gpus[i];
  if (!azml__gpu_request_fits (queue->request, gpu))
    return AZML__LEASE_UNFIT;
  const azml__lease_unit *unit = azml__lease_table_unit (&queue->table, gpu->uuid);
  if (is_taken (queue, i))
    return AZML__LEASE_TAKEN;
  if (azml__lease_is_occupied (queue->request, queue->list, gpu))
    return AZML__LEASE_OCCUPIED;
  if (unit && queue->claimant[unit - queue->table.units])
    return AZML__LEASE_RESERVED;
  return AZML__LEASE_FREE;
}

/* How many of the older could use what this one could.  */
static size_t
count_ahead (const azml__lease_queue *queue)
{
  size_t n_wants, n = 0;
  const azml__lease_name *last = NULL;
  const azml__lease_entry *wants =
      azml__lease_table_kind (&queue->table, AZML__LEASE_WANT, &n_wants);
  for (size_t i = 0; i < n_wants; i++)
    {
      const azml__gpu *gpu = azml__gpu_find (queue->list, wants[i].name.uuid);
      if (azml__lease_order (&wants[i].name, &queue->claim.self) >= 0)
        break;
      if (!gpu || queue->views[gpu - queue->list->gpus] == AZML__LEASE_UNFIT
          || (last && azml__lease_order (last, &wants[i].name) == 0))
        continue;
      last = &wants[i].name;
      n++;
    }
  return n;
}

/* Can the request be met with the GPUs of the views that MASK names?  */
static int
match (const azml__lease_queue *queue, unsigned mask, size_t *picks, size_t *ret_n)
{
  AZML_AUTO_FREE unsigned char *flags = calloc (queue->list->count + 1, 1);
  for (size_t i = 0; flags && i < queue->list->count; i++)
    flags[i] = (mask >> queue->views[i]) & 1;
  return flags ? azml__gpu_request_match (queue->request, queue->list, flags, picks,
                                          ret_n)
               : 0;
}

#define BIT(view) (1u << (view))
#define NEVER_OCCUPIED                                                             \
  (BIT (AZML__LEASE_FREE) | BIT (AZML__LEASE_TAKEN) | BIT (AZML__LEASE_RESERVED))
#define EVERY (NEVER_OCCUPIED | BIT (AZML__LEASE_OCCUPIED))

/* Make known what this run could use.  While somebody outside of any lease is in the way
   it could use nothing, and stands in nobody's way.  */
static int
publish (azml__lease_queue *queue, size_t *picks, azml_error **err)
{
  const azml__gpu_list *list = queue->list;
  AZML_AUTO_FREE const char **uuids = calloc (list->count + 1, sizeof *uuids);
  size_t n = 0, unused;
  if (!uuids)
    return azml__error_no_memory (err);
  if (match (queue, NEVER_OCCUPIED, picks, &unused))
    for (size_t i = 0; i < list->count; i++)
      if (BIT (queue->views[i]) & NEVER_OCCUPIED)
        uuids[n++] = list->gpus[i].uuid;
  return azml__lease_claim_publish (
      &queue->claim, uuids, n,
      queue->request->all ? (int64_t)n : queue->request->count, err);
}

/* What must change before this one can go on: the lease of a GPU ends, or the youngest of
   the older gives up a GPU.  Return 1 if some of it is gone already.  */
static int
watch (azml__lease_queue *queue)
{
  const azml__gpu_list *list = queue->list;
  AZML_AUTO_FREE char (*names)[AZML__LEASE_NAME_SIZE] =
      calloc (list->count + 1, sizeof *names);
  size_t n = 0;
  for (size_t i = 0; names && i < list->count; i++)
    {
      const azml__lease_unit *unit =
          list->gpus[i].uuid
              ? azml__lease_table_unit (&queue->table, list->gpus[i].uuid)
              : NULL;
      if (!unit)
        continue;
      const azml__lease_name *older = queue->claimant[unit - queue->table.units];
      azml__lease_name lease = { .kind = AZML__LEASE_GPU };
      snprintf (lease.uuid, sizeof lease.uuid, "%s", unit->uuid);
      /* What is held and reserved is of no concern until the older one has it.  */
      if (older)
        lease = *older;
      else if (!unit->leased)
        continue;
      if (azml__lease_name_format (&lease, names[n], NULL) == 0)
        n++;
    }
  return names ? azml__lease_claim_watch (&queue->claim, names, n) : 0;
}

char *
azml__lease_queue_problem (const azml__lease_queue *queue)
{
  AZML_AUTO_FREE size_t *picks = calloc (queue->list->count + 1, sizeof *picks);
  size_t unused;
  if (queue->silent)
    return strdup (queue->silent);
  if (!picks || match (queue, EVERY, picks, &unused))
    return NULL;
  AZML_AUTO_FREE char *has = azml__gpu_list_describe (queue->list);
  return has ? azml__path_format ("the machine has changed, it has now: %s", has)
             : NULL;
}

/* The list is so old that it may be wrong about what keeps the run waiting: about processes
   of others, or about GPUs that were there, are not now, and may come back.  */
static int
needs_list (azml__lease_queue *queue, int met, size_t *picks, size_t n)
{
  size_t unused;
  int64_t now = azml__clock_boot_ms ();
  /* The last answer said nothing: ask again, but not all the time.  */
  int brisk = met && queue->asked_ms == queue->listed_ms;
  if (!met
      && !match (queue, BIT (AZML__LEASE_FREE) | BIT (AZML__LEASE_OCCUPIED), picks,
                 &unused)
      && match (queue, EVERY, picks, &unused))
    return 0;
  if (brisk)
    return !azml__lease_queue_is_fresh (queue, picks, n);
  if (now - queue->asked_ms >= queue->recheck_ms)
    {
      queue->recheck_ms = 2 * queue->recheck_ms < RECHECK_MOST_MS
                              ? 2 * queue->recheck_ms
                              : RECHECK_MOST_MS;
      return 1;
    }
  int64_t left = queue->asked_ms + queue->recheck_ms - now;
  if (left < queue->timeout_ms)
    queue->timeout_ms = left > 0 ? (int)left + 1 : 1;
  return 0;
}

/* Take the N GPUs at PICKS: as azml__lease_queue_try.  */
static int
take (azml__lease_queue *queue, const size_t *picks, size_t n, azml__lease *lease,
      azml_error **err)
{
  const azml__gpu_list *list = queue->list;
  AZML_AUTO (azml_error) failure = NULL;
  AZML_AUTO_FREE const char **uuids = calloc (n + 1, sizeof *uuids);
  size_t busy = 0;
  if (!uuids)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < n; i++)
    uuids[i] = list->gpus[picks[i]].uuid;
  int rc =
      azml__lease_take (lease, uuids, n, queue->run, queue->keep, &busy, &failure);
  /* A whole GPU and an instance of it have different names: each looks for the other
     after it has bound its own, so that not both stay.  */
  if (rc == 0)
    rc = azml__lease_table_read (&queue->table, &failure);
  for (size_t i = 0; rc == 0 && i < n; i++)
    for (size_t j = 0; j < list->count; j++)
      {
        const azml__lease_unit *unit =
            list->gpus[j].uuid
                ? azml__lease_table_unit (&queue->table, list->gpus[j].uuid)
                : NULL;
        if (unit && unit->leased
            && (list->gpus[picks[i]].parent == (int)j
                || list->gpus[j].parent == (int)picks[i]))
          rc = AZML_E_BUSY;
      }
  if (rc == 0)
    return 1;
  if (lease->count)
    azml__lease_release (lease);
  queue->timeout_ms =
      1 + (int)((azml__clock_boot_us () + getpid ()) % COLLISION_MS);
  if (rc == AZML_E_BUSY)
    return 0;
  if (failure)
    azml__error_set (err, rc, azml_error_domain (failure),
                     azml_error_native (failure), "%s",
                     azml_error_message (failure));
  return rc;
}

int
azml__lease_queue_try (azml__lease_queue *queue, azml__lease *lease,
                       azml_error **err)
{
  size_t n = 0, count = queue->list ? queue->list->count : 0;
  if (!queue->list)
    return 2;
  AZML_AUTO_FREE size_t *picks = calloc (count + 1, sizeof *picks);
  if (!queue->views)
    queue->views = calloc (count + 1, 1);
  if (!queue->known_ms)
    queue->known_ms = calloc (count + 1, sizeof *queue->known_ms);
  if (!picks || !queue->views || !queue->known_ms)
    return azml__error_no_memory (err);
  queue->timeout_ms = LOOK_MS;
  azml__lease_queue_hear (queue);
  /* Without the table the leases are still exclusive.  */
  azml__lease_table_read (&queue->table, NULL);
  int rc = note_claims (queue, err);
  for (size_t i = 0; i < count && rc == 0; i++)
    queue->views[i] = (unsigned char)view_of (queue, i);
  if (rc < 0)
    return rc;
  int met = match (queue, BIT (AZML__LEASE_FREE), picks, &n);
  if (!(met && n == 0) && needs_list (queue, met, picks, n))
    return 2;
  if (met && (n == 0 || queue->asked_ms == queue->listed_ms))
    {
      rc = take (queue, picks, n, lease, err);
      if (rc != 0)
        {
          azml__lease_claim_done (&queue->claim);
          return rc;
        }
    }
  queue->ahead = count_ahead (queue);
  rc = publish (queue, picks, err);
  if (rc == 0 && !met && watch (queue))
    queue->timeout_ms = 0;
  return rc;
}

azml__lease_view
azml__lease_queue_view (const azml__lease_queue *queue, size_t i)
{
  return (azml__lease_view)queue->views[i];
}

size_t
azml__lease_queue_ahead (const azml__lease_queue *queue)
{
  return queue->ahead;
}

const azml__lease_table *
azml__lease_queue_table (const azml__lease_queue *queue)
{
  return &queue->table;
}

const azml__lease_name *
azml__lease_queue_claimant (const azml__lease_queue *queue, size_t i)
{
  const char *uuid = queue->list->gpus[i].uuid;
  const azml__lease_unit *unit =
      uuid ? azml__lease_table_unit (&queue->table, uuid) : NULL;
  return unit ? queue->claimant[unit - queue->table.units] : NULL;
}

nfds_t
azml__lease_queue_watch (azml__lease_queue *queue, struct pollfd **ret_fds,
                         int *ret_timeout_ms)
{
  *ret_fds = queue->claim.watches;
  *ret_timeout_ms = queue->timeout_ms;
  return queue->claim.n_watches;
}

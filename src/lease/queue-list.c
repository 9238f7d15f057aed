/* queue-list.c: what a waiting run knows of the GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/queue-private.h"

#include <string.h>

#include "core/clock.h"

#define FRESH_MS 1000 /* so old may that be by which a GPU is taken */

void
azml__lease_queue_set_list (azml__lease_queue *queue, azml__gpu_list *list)
{
  queue->asked_ms = azml__clock_boot_ms ();
  free (azml_steal (&queue->silent));
  if (queue->list && list && list->state != AZML__GPU_STATE_OK)
    {
      /* A driver that stumbles is no reason to give up the place in the queue.  */
      queue->silent =
          strdup (list->problem ? list->problem : "nvidia-smi finds no GPU");
      azml__gpu_list_free (list);
      return;
    }
  azml__gpu_list_free (queue->list);
  free (azml_steal (&queue->views));
  free (azml_steal (&queue->known_ms));
  queue->list = list;
  queue->listed_ms = queue->asked_ms;
}

const azml__gpu_list *
azml__lease_queue_list (const azml__lease_queue *queue)
{
  return queue->list;
}

azml__gpu_list *
azml__lease_queue_steal_list (azml__lease_queue *queue)
{
  return azml_steal (&queue->list);
}

int64_t
azml__lease_small (const azml__gpu *gpu)
{
  int64_t small = (int64_t)512 << 20; /* what a driver may keep for itself */
  return gpu->memory_total / 16 > small ? gpu->memory_total / 16 : small;
}

int
azml__lease_is_occupied (const azml__gpu_request *request,
                         const azml__gpu_list *list, const azml__gpu *gpu)
{
  int computes = 0, unknown = !gpu->processes_listed || !list->pids_visible;
  for (size_t i = 0; i < gpu->n_processes; i++)
    computes |= gpu->processes[i].compute;
  if (!computes && !(unknown && gpu->memory_used > azml__lease_small (gpu)))
    return 0;
  return request->foreign < 0 || gpu->memory_free < request->foreign;
}

/* Take over what the last holder of a GPU told, if that is newer than the list: nobody is
   on it, and what it was busy with is over.  */
static void
take_note (const azml__lease_note *note, void *data)
{
  azml__lease_queue *queue = data;
  azml__gpu *gpu = (azml__gpu *)azml__gpu_find (queue->list, note->uuid);
  if (!gpu || note->at_ms <= queue->listed_ms
      || note->at_ms > azml__clock_boot_ms ())
    return;
  for (size_t i = 0; i < gpu->n_processes; i++)
    free (gpu->processes[i].name);
  gpu->n_processes = 0;
  gpu->memory_used = note->memory_used;
  gpu->memory_free = gpu->memory_total >= 0 && note->memory_used >= 0
                         ? gpu->memory_total - note->memory_used
                         : AZML__GPU_UNKNOWN;
  gpu->utilisation = AZML__GPU_UNKNOWN;
  queue->known_ms[gpu - queue->list->gpus] = note->at_ms;
}

void
azml__lease_queue_hear (azml__lease_queue *queue)
{
  azml__lease_claim_hear (&queue->claim, take_note, queue);
}

int
azml__lease_queue_is_fresh (const azml__lease_queue *queue, const size_t *picks,
                            size_t n)
{
  int64_t now = azml__clock_boot_ms ();
  for (size_t i = 0; i < n; i++)
    if (now - queue->listed_ms > FRESH_MS
        && now - queue->known_ms[picks[i]] > FRESH_MS)
      return 0;
  return 1;
}

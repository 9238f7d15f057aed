/* proof.c: did a run use its GPUs?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A process of the run on a GPU proves it.  That there was none is known only where the
   driver lists processes by pids that are ours, and was asked long enough, without a gap.  Elsewhere
   memory and utilisation above what they were before tell: a context takes memory as
   long as it lives.  */

#include <config.h>

#include "gpu/sample.h"

#include "core/json.h"

#define ENOUGH 3                        /* rounds without a sign, for a no */
#define MEMORY_RISE ((int64_t)48 << 20) /* less than the smallest context of CUDA */
#define UTILISATION_RISE 5              /* percent; a display may take a little */

const char *
azml__fact_name (azml__fact fact)
{
  return fact == AZML__FACT_YES ? "yes" : fact == AZML__FACT_NO ? "no" : "unknown";
}

/* Did the readings of GPU rise above what they were before?  */
static azml__fact
rose (const azml__sampled *gpu)
{
  int known = 0;
  if (gpu->base_memory >= 0 && gpu->peak_memory >= 0)
    {
      known = 1;
      if (gpu->peak_memory - gpu->base_memory >= MEMORY_RISE)
        return AZML__FACT_YES;
    }
  if (gpu->base_utilisation >= 0
      && gpu->peak_utilisation - gpu->base_utilisation >= UTILISATION_RISE)
    return AZML__FACT_YES;
  /* Utilisation alone may have been 0 whenever it was asked.  */
  return known ? AZML__FACT_NO : AZML__FACT_UNKNOWN;
}

azml__fact
azml__samples_processes (const azml__samples *samples)
{
  int hidden = 0;
  for (size_t i = 0; i < samples->count; i++)
    {
      const azml__sampled *gpu = &samples->gpus[i];
      if (gpu->seen_own)
        return AZML__FACT_YES;
      /* Somebody came, and nobody is listed: the list keeps them to itself.  */
      hidden |= !gpu->seen_others && rose (gpu) == AZML__FACT_YES;
    }
  return samples->pids_visible && !hidden && !samples->gaps
                 && samples->process_rounds >= ENOUGH
             ? AZML__FACT_NO
             : AZML__FACT_UNKNOWN;
}

azml__fact
azml__samples_used (const azml__samples *samples)
{
  azml__fact processes = azml__samples_processes (samples), all = AZML__FACT_NO;
  int others = 0;
  if (processes == AZML__FACT_YES)
    return processes;
  for (size_t i = 0; i < samples->count; i++)
    {
      azml__fact fact = rose (&samples->gpus[i]);
      others |= samples->gpus[i].seen_others;
      if (fact == AZML__FACT_YES || all == AZML__FACT_NO)
        all = fact;
    }
  if (!samples->count || (samples->rounds < ENOUGH && all != AZML__FACT_YES))
    return AZML__FACT_UNKNOWN;
  /* What rose may be the doing of the others that were seen.  */
  if (all == AZML__FACT_YES)
    return others ? AZML__FACT_UNKNOWN : AZML__FACT_YES;
  if (samples->gaps)
    return AZML__FACT_UNKNOWN;
  return processes == AZML__FACT_NO ? AZML__FACT_NO : all;
}

static void
put (json_t *json, const char *key, int64_t value)
{
  if (value >= 0)
    json_object_set_new (json, key, json_integer (value));
}

static json_t *
sampled_to_json (const azml__sampled *gpu, const azml__gpu_list *list)
{
  const azml__gpu *known = list ? azml__gpu_find (list, gpu->uuid) : NULL;
  json_t *json = json_pack ("{s:s, s:s*}", "uuid", gpu->uuid, "model",
                            known ? known->model : NULL);
  put (json, "memory_bytes", known ? known->memory_total : -1);
  put (json, "peak_memory", gpu->peak_own >= 0 ? gpu->peak_own : gpu->peak_memory);
  put (json, "base_memory", gpu->base_memory);
  if (gpu->n_utilisation)
    {
      json_object_set_new (
          json, "mean_utilisation",
          json_real (
              (double)(int)(10 * gpu->sum_utilisation / gpu->n_utilisation + .5)
              / 10));
      put (json, "peak_utilisation", gpu->peak_utilisation);
    }
  if (gpu->n_power)
    json_object_set_new (json, "energy",
                         json_real ((double)(int64_t)(gpu->energy * 10 + .5) / 10));
  if (gpu->seen_own)
    json_object_set_new (json, "processes", json_true ());
  if (gpu->seen_others)
    json_object_set_new (json, "others", json_true ());
  return json;
}

json_t *
azml__samples_to_json (const azml__samples *samples, const azml__gpu_list *list)
{
  json_t *gpus = json_array ();
  for (size_t i = 0; i < samples->count; i++)
    json_array_append_new (gpus, sampled_to_json (&samples->gpus[i], list));
  return gpus;
}

/* sample.c: what nvidia-smi tells while a run uses GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/sample.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "core/json.h"
#include "gpu/value.h"

#define FIELDS 5
#define LARGEST_COUNT 1024

void
azml__samples_done (azml__samples *samples)
{
  free (samples->gpus);
  samples->gpus = NULL;
  samples->count = 0;
}

/* Cut LINE (copied to TEXT) at its commas.  Return how many fields there are, one more
   than FIELDS if that is too many: a decimal comma would shift them.  */
static int
split (const char *line, char *text, size_t size, char *fields[FIELDS])
{
  int n = 0;
  char *p = text;
  snprintf (text, size, "%s", line);
  for (; p && n < FIELDS; n++)
    {
      char *comma = strchr (p, ',');
      if (comma)
        *comma++ = '\0';
      while (isspace ((unsigned char)*p))
        p++;
      size_t length = strlen (p);
      while (length && isspace ((unsigned char)p[length - 1]))
        p[--length] = '\0';
      fields[n] = p;
      p = comma;
    }
  return p ? FIELDS + 1 : n;
}

static int
is_uuid (const char *text)
{
  return (strncmp (text, "GPU-", 4) == 0 || strncmp (text, "MIG-", 4) == 0)
         && strlen (text) < sizeof ((azml__sampled *)0)->uuid;
}

static azml__sampled *
find (azml__samples *samples, const char *uuid)
{
  for (size_t i = 0; i < samples->count; i++)
    if (strcmp (samples->gpus[i].uuid, uuid) == 0)
      return &samples->gpus[i];
  return NULL;
}

static azml__sampled *
find_or_add (azml__samples *samples, const char *uuid)
{
  azml__sampled *gpu = find (samples, uuid);
  if (gpu || samples->count == LARGEST_COUNT)
    return gpu;
  gpu = reallocarray (samples->gpus, samples->count + 1, sizeof *gpu);
  if (!gpu)
    return NULL;
  samples->gpus = gpu;
  gpu += samples->count++;
  *gpu = (azml__sampled){ .memory = -1,
                          .utilisation = -1,
                          .temperature = -1,
                          .power = -1,
                          .base_memory = -1,
                          .base_utilisation = -1,
                          .peak_memory = -1,
                          .peak_own = -1,
                          .peak_utilisation = -1 };
  snprintf (gpu->uuid, sizeof gpu->uuid, "%s", uuid);
  return gpu;
}

void
azml__samples_base (azml__samples *samples, const azml__gpu_list *list,
                    const char *uuids)
{
  for (size_t i = 0; i < list->count; i++)
    {
      const azml__gpu *known = &list->gpus[i];
      azml__sampled *gpu = known->uuid && is_uuid (known->uuid) && known->parent < 0
                                   && (!uuids || strstr (uuids, known->uuid))
                               ? find_or_add (samples, known->uuid)
                               : NULL;
      if (!gpu)
        continue;
      gpu->base_memory = known->memory_used;
      gpu->base_utilisation = known->utilisation;
    }
}

/* Count the readings of the round that is over, which lasted MS.  */
static void
account (azml__sampled *gpu, int64_t ms)
{
  if (gpu->memory > gpu->peak_memory)
    gpu->peak_memory = gpu->memory;
  if (gpu->own > 0 && gpu->own > gpu->peak_own)
    gpu->peak_own = gpu->own;
  if (gpu->utilisation >= 0)
    {
      gpu->sum_utilisation += (double)gpu->utilisation;
      gpu->n_utilisation++;
      if (gpu->utilisation > gpu->peak_utilisation)
        gpu->peak_utilisation = gpu->utilisation;
    }
  if (gpu->power >= 0)
    {
      gpu->energy += gpu->power * (double)ms / 1000;
      gpu->n_power++;
    }
  if (gpu->base_memory < 0)
    gpu->base_memory = gpu->memory;
  if (gpu->base_utilisation < 0)
    gpu->base_utilisation = gpu->utilisation;
}

/* One GPU of a line of gpu.jsonl.  */
static void
write_gpu (const azml__sampled *gpu, const char *separator, azml__buffer *text)
{
  azml__buffer_add_format (text, "%s{\"uuid\":\"%s\"", separator, gpu->uuid);
  if (gpu->memory >= 0)
    azml__buffer_add_format (text, ",\"memory\":%lld", (long long)gpu->memory);
  if (gpu->utilisation >= 0)
    azml__buffer_add_format (text, ",\"utilisation\":%d", (int)gpu->utilisation);
  if (gpu->power >= 0)
    azml__buffer_add_format (text, ",\"power\":%.2f", gpu->power);
  if (gpu->temperature >= 0)
    azml__buffer_add_format (text, ",\"temperature\":%d", (int)gpu->temperature);
  if (gpu->n_own)
    azml__buffer_add_format (text, ",\"processes\":%d,\"own\":%lld", gpu->n_own,
                             (long long)gpu->own);
  if (gpu->n_others)
    azml__buffer_add_format (text, ",\"other_processes\":%d,\"others\":%lld",
                             gpu->n_others, (long long)gpu->others);
  azml__buffer_add_char (text, '}');
}

int
azml__samples_end (azml__samples *samples, int64_t now_ms, azml__buffer *text)
{
  int written = 0;
  int64_t ms = samples->last_ms ? now_ms - samples->last_ms : 0;
  if (!samples->round)
    return 0;
  for (size_t i = 0; i < samples->count; i++)
    {
      azml__sampled *gpu = &samples->gpus[i];
      account (gpu, ms);
      if (text && gpu->told)
        write_gpu (gpu, written++ ? "," : "\"gpus\":[", text);
    }
  if (text)
    azml__buffer_add_text (text, written ? "]" : "\"gpus\":[]");
  samples->rounds++;
  samples->last_ms = now_ms;
  samples->round = 0;
  for (size_t i = 0; i < samples->count; i++)
    {
      azml__sampled *gpu = &samples->gpus[i];
      gpu->told = 0;
      gpu->memory = gpu->utilisation = gpu->temperature = -1;
      gpu->power = -1;
    }
  return 1;
}

int
azml__samples_reading (azml__samples *samples, const char *line, int64_t now_ms,
                       azml__buffer *text)
{
  char copy[400], *fields[FIELDS];
  if (split (line, copy, sizeof copy, fields) != FIELDS || !is_uuid (fields[0]))
    return -1;
  azml__sampled *gpu = find_or_add (samples, fields[0]);
  if (!gpu)
    return -1;
  /* A GPU that was told in this round already begins the next one.  */
  int next = gpu->told;
  if (next)
    azml__samples_end (samples, now_ms, text);
  gpu->told = 1;
  gpu->memory = azml__gpu_value_bytes (fields[1]);
  gpu->utilisation = azml__gpu_value_integer (fields[2]);
  gpu->power = azml__gpu_value_number (fields[3]);
  /* Beyond what can be, nothing is known.  */
  if (gpu->utilisation > 100)
    gpu->utilisation = -1;
  if (gpu->power > 1e6)
    gpu->power = -1;
  gpu->temperature = azml__gpu_value_integer (fields[4]);
  samples->round++;
  return next;
}

/* A reading KEY of JSON, -1 where it is unknown or cannot be.  */
static double
reading (const json_t *json, const char *key, double most)
{
  double value = -1;
  azml__json_get_number (json_object_get (json, key), &value);
  return value >= 0 && value <= most ? value : -1;
}

int
azml__samples_round (azml__samples *samples, const json_t *json, int64_t now_ms)
{
  const json_t *gpus = json_object_get (json, "gpus");
  if (!json_is_array (gpus))
    return -1;
  azml__samples_clear_processes (samples);
  for (size_t i = 0; i < json_array_size (gpus); i++)
    {
      const json_t *one = json_array_get (gpus, i);
      const char *uuid = azml__json_string (one, "uuid");
      azml__sampled *gpu =
          uuid && is_uuid (uuid) ? find_or_add (samples, uuid) : NULL;
      if (!gpu)
        continue;
      gpu->told = 1;
      gpu->memory = (int64_t)reading (one, "memory", 1e15);
      gpu->utilisation = (int64_t)reading (one, "utilisation", 100);
      gpu->power = reading (one, "power", 1e6);
      gpu->temperature = (int64_t)reading (one, "temperature", 1e4);
      gpu->own = (int64_t)reading (one, "own", 1e15);
      gpu->seen_own |= reading (one, "processes", 1e6) > 0;
      gpu->seen_others |= reading (one, "other_processes", 1e6) > 0;
      samples->round++;
    }
  azml__samples_end (samples, now_ms, NULL);
  return 0;
}

void
azml__samples_clear_processes (azml__samples *samples)
{
  for (size_t i = 0; i < samples->count; i++)
    {
      azml__sampled *gpu = &samples->gpus[i];
      gpu->own = gpu->others = 0;
      gpu->n_own = gpu->n_others = 0;
    }
}

int
azml__samples_process (const char *line, char uuid[80], pid_t *ret_pid,
                       int64_t *ret_memory)
{
  char copy[400], *fields[FIELDS];
  if (split (line, copy, sizeof copy, fields) != 3 || !is_uuid (fields[0]))
    return -1;
  int64_t pid = azml__gpu_value_integer (fields[1]);
  if (pid <= 0 || pid > INT_MAX)
    return -1;
  snprintf (uuid, 80, "%s", fields[0]);
  *ret_pid = (pid_t)pid;
  *ret_memory = azml__gpu_value_bytes (fields[2]);
  return 0;
}

void
azml__samples_count_process (azml__samples *samples, const char *uuid,
                             int64_t memory, int own)
{
  azml__sampled *gpu = find (samples, uuid);
  int64_t bytes = memory > 0 ? memory : 0;
  if (!gpu)
    return;
  if (own)
    {
      gpu->own += bytes;
      gpu->n_own++;
      gpu->seen_own = 1;
    }
  else
    {
      gpu->others += bytes;
      gpu->n_others++;
      gpu->seen_others = 1;
    }
}

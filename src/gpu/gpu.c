/* gpu.c: the list of a machine's GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/gpu.h"

#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json.h"

azml__gpu
azml__gpu_unknown (int parent)
{
  return (azml__gpu){ .index = -1,
                      .parent = parent,
                      .gi = -1,
                      .ci = -1,
                      .memory_total = -1,
                      .memory_used = -1,
                      .memory_free = -1,
                      .capability = -1,
                      .temperature = -1,
                      .utilisation = -1,
                      .power = -1,
                      .power_limit = -1,
                      .processes_listed = 1 };
}

void
azml__gpu_list_free (azml__gpu_list *list)
{
  if (!list)
    return;
  for (size_t i = 0; i < list->count; i++)
    {
      azml__gpu *gpu = &list->gpus[i];
      for (size_t k = 0; k < gpu->n_processes; k++)
        free (gpu->processes[k].name);
      free (gpu->processes);
      free (gpu->uuid);
      free (gpu->bus);
      free (gpu->model);
      free (gpu->problem);
    }
  free (list->gpus);
  free (list->problem);
  free (list->smi);
  free (list->driver);
  free (list->cuda);
  free (list);
}

int
azml__gpu_is_device (const azml__gpu *gpu)
{
  return gpu->uuid && !gpu->problem && !gpu->mig && !gpu->prohibited;
}

const azml__gpu *
azml__gpu_find (const azml__gpu_list *list, const char *uuid)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->gpus[i].uuid && strcmp (list->gpus[i].uuid, uuid) == 0)
      return &list->gpus[i];
  return NULL;
}

static void
put_integer (json_t *json, const char *key, int64_t value)
{
  if (value >= 0)
    json_object_set_new (json, key, json_integer (value));
}

static void
put_text (json_t *json, const char *key, const char *text)
{
  if (text)
    json_object_set_new (json, key, azml__json_text (text));
}

static json_t *
processes_to_json (const azml__gpu *gpu)
{
  json_t *list = json_array ();
  for (size_t i = 0; i < gpu->n_processes; i++)
    {
      const azml__gpu_process *process = &gpu->processes[i];
      json_t *json = json_pack ("{s:i, s:b}", "pid", (int)process->pid, "compute",
                                process->compute);
      put_text (json, "name", process->name);
      put_integer (json, "memory", process->memory);
      json_array_append_new (list, json);
    }
  return list;
}

static json_t *
gpu_to_json (const azml__gpu_list *list, const azml__gpu *gpu)
{
  json_t *json = json_object ();
  put_integer (json, "index", gpu->index);
  put_text (json, "uuid", gpu->uuid);
  put_text (json, "model", gpu->model);
  put_text (json, "bus", gpu->bus);
  if (gpu->parent >= 0)
    put_text (json, "gpu", list->gpus[gpu->parent].uuid);
  put_integer (json, "gpu_instance", gpu->gi);
  put_integer (json, "compute_instance", gpu->ci);
  if (gpu->mig)
    json_object_set_new (json, "mig", json_true ());
  put_integer (json, "memory_bytes", gpu->memory_total);
  put_integer (json, "used_bytes", gpu->memory_used);
  put_integer (json, "free_bytes", gpu->memory_free);
  if (gpu->capability >= 0)
    json_object_set_new (json, "capability",
                         json_sprintf ("%d.%d", (int)(gpu->capability / 10),
                                       (int)(gpu->capability % 10)));
  put_integer (json, "temperature", gpu->temperature);
  put_integer (json, "utilisation", gpu->utilisation);
  if (gpu->power >= 0)
    json_object_set_new (json, "power", json_real (gpu->power));
  if (gpu->power_limit >= 0)
    json_object_set_new (json, "power_limit", json_real (gpu->power_limit));
  if (gpu->prohibited)
    json_object_set_new (json, "prohibited", json_true ());
  put_text (json, "problem", gpu->problem);
  if (gpu->processes_listed)
    json_object_set_new (json, "processes", processes_to_json (gpu));
  return json;
}

json_t *
azml__gpu_list_to_json (const azml__gpu_list *list)
{
  static const char *const states[] = { "ok", "none", "failed", "timeout" };
  json_t *json = json_pack ("{s:s, s:b}", "state", states[list->state],
                            "pids_visible", list->pids_visible);
  json_t *gpus = json_array ();
  put_text (json, "problem", list->problem);
  put_text (json, "nvidia_smi", list->smi);
  put_text (json, "driver", list->driver);
  put_text (json, "cuda", list->cuda);
  for (size_t i = 0; i < list->count; i++)
    json_array_append_new (gpus, gpu_to_json (list, &list->gpus[i]));
  if (json_object_set_new (json, "gpus", gpus) < 0)
    {
      json_decref (json);
      return NULL;
    }
  return json;
}

/* "NVIDIA A100-SXM4-40GB (40 GiB, 8.0)"; a GPU of no use with what is wrong.  */
static char *
describe_gpu (const azml__gpu *gpu)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const char *separator = " (";
  azml__buffer_add_text (&text, gpu->model ? gpu->model : "GPU");
  if (gpu->memory_total > 0)
    {
      azml__buffer_add_format (&text, "%s%.0f GiB", separator,
                               (double)gpu->memory_total / (1 << 30));
      separator = ", ";
    }
  if (gpu->capability >= 0)
    {
      azml__buffer_add_format (&text, "%s%d.%d", separator,
                               (int)(gpu->capability / 10),
                               (int)(gpu->capability % 10));
      separator = ", ";
    }
  if (gpu->problem || gpu->prohibited)
    {
      azml__buffer_add_format (&text, "%s%s", separator,
                               gpu->problem ? gpu->problem
                                            : "computing is prohibited");
      separator = ", ";
    }
  if (*separator == ',')
    azml__buffer_add_char (&text, ')');
  return azml__buffer_steal (&text);
}

/* The groups of alike entries, those in MIG mode left to their instances.  */
static void
describe_groups (const azml__gpu_list *list, azml__buffer *text)
{
  AZML_AUTO_FREE unsigned char *done = calloc (list->count + 1, 1);
  const char *separator = "";
  for (size_t i = 0; done && i < list->count; i++)
    {
      AZML_AUTO_FREE char *first = describe_gpu (&list->gpus[i]);
      size_t alike = 0;
      if (done[i] || (list->gpus[i].mig && !list->gpus[i].problem) || !first)
        continue;
      for (size_t k = i; k < list->count; k++)
        {
          AZML_AUTO_FREE char *other = describe_gpu (&list->gpus[k]);
          if (done[k] || list->gpus[k].mig || !other || strcmp (first, other) != 0)
            continue;
          done[k] = 1;
          alike++;
        }
      azml__buffer_add_format (text, "%s%zu x %s", separator, alike ? alike : 1,
                               first);
      separator = ", ";
    }
}

char *
azml__gpu_list_describe (const azml__gpu_list *list)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (list->problem)
    return strdup (list->problem);
  describe_groups (list, &text);
  if (!text.length)
    azml__buffer_add_text (&text, list->count ? "GPUs in MIG mode without instances"
                                              : "no GPU");
  return azml__buffer_steal (&text);
}

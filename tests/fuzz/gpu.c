/* gpu.c: fuzz what nvidia-smi prints: XML, lists, samples.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What is taken must be consistent: an instance stands behind its GPU.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json.h"
#include "fuzz.h"
#include "gpu/gpu.h"
#include "gpu/sample.h"

static void
check (azml__gpu_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    {
      const azml__gpu *gpu = &list->gpus[i];
      if (gpu->parent >= (int)i || gpu->memory_total < -1 || gpu->utilisation < -1)
        abort ();
      for (size_t k = 0; k < gpu->n_processes; k++)
        if (gpu->processes[k].pid < 0)
          abort ();
    }
  json_decref (azml__gpu_list_to_json (list));
  free (azml__gpu_list_describe (list));
}

static void
read_samples (const char *text, size_t n)
{
  azml__samples samples = { 0 };
  AZML_AUTO_BUFFER copy = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  char uuid[80];
  pid_t pid;
  int64_t memory;
  azml__buffer_add (&copy, text, n);
  for (char *line = copy.data, *next; line && *line; line = next)
    {
      char *end = strchr (line, '\n');
      next = end ? end + 1 : line + strlen (line);
      if (end)
        *end = '\0';
      AZML_AUTO (json_t) json = NULL;
      if (azml__json_parse (line, strlen (line), "gpu.jsonl", &json, NULL) == 0)
        azml__samples_round (&samples, json, 900);
      azml__samples_reading (&samples, line, 1000, &out);
      if (azml__samples_process (line, uuid, &pid, &memory) == 0)
        azml__samples_count_process (&samples, uuid, memory, pid & 1);
    }
  azml__samples_end (&samples, 2000, &out);
  azml__samples_used (&samples);
  json_decref (azml__samples_to_json (&samples, NULL));
  azml__samples_done (&samples);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO (azml__gpu_list) list = NULL;
  const char *text = (const char *)data;
  if (azml__gpu_list_parse (text, n, &list, NULL) == 0)
    {
      azml__gpu_list_add_instances (list, text, n);
      check (list);
    }
  read_samples (text, n);
  return 0;
}

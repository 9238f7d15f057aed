/* sample-file.c: samples of a run between gpu.jsonl and status.json.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/sample.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"

#define LINE_LIMIT 65536
#define FILE_LIMIT ((off_t)64 << 20) /* two days of eight GPUs */
#define PERIOD_MS 1000               /* how long the first sample stands for */

void
azml__samples_replay (azml__samples *samples, int folder)
{
  AZML_AUTO_FREE char *line = NULL;
  size_t size = 0;
  ssize_t n;
  int fd = openat (folder, "gpu.jsonl", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  AZML_AUTO (FILE) file = fd < 0 ? NULL : fdopen (fd, "r");
  if (!file)
    return;
  if (fseeko (file, -FILE_LIMIT, SEEK_END) == 0)
    n = getline (&line, &size, file); /* the rest of a line */
  else
    rewind (file);
  while ((n = getline (&line, &size, file)) > 0)
    {
      AZML_AUTO (json_t) json = NULL;
      if (n >= LINE_LIMIT || line[n - 1] != '\n'
          || azml__json_parse (line, (size_t)n, "gpu.jsonl", &json, NULL) < 0)
        continue;
      const char *time = azml__json_string (json, "time");
      int64_t now_ms = time ? azml__clock_parse (time) : -1;
      if (now_ms < 0)
        continue;
      /* The clock may have been set back: that took no energy.  */
      if (!samples->last_ms || samples->last_ms > now_ms)
        samples->last_ms = now_ms - PERIOD_MS;
      azml__samples_round (samples, json, now_ms);
    }
}

/* The UUID of the whole GPU of the MIG instance JSON, NULL if that is none.  */
static const char *
whole_of (const azml__gpu_list *list, const json_t *json)
{
  const char *uuid = azml__json_string (json, "uuid");
  const azml__gpu *gpu = list && uuid ? azml__gpu_find (list, uuid) : NULL;
  return gpu && gpu->parent >= 0 ? list->gpus[gpu->parent].uuid : NULL;
}

/* Add to GPU, one of GPUS, what was SEEN on the whole GPU that it is an instance of: the
   run's processes are its, if no other instance there is the run's, too.  */
static void
add_from_whole (const azml__gpu_list *list, const json_t *gpus, json_t *gpu,
                const json_t *seen)
{
  const char *whole = whole_of (list, gpu), *uuid, *other;
  size_t n = 0;
  if (!whole || !(uuid = azml__json_string (seen, "uuid"))
      || strcmp (whole, uuid) != 0
      || !json_is_true (json_object_get (seen, "processes")))
    return;
  for (size_t i = 0; i < json_array_size (gpus); i++)
    n += (other = whole_of (list, json_array_get (gpus, i)))
         && strcmp (whole, other) == 0;
  if (n != 1)
    return;
  json_object_set_new (gpu, "processes", json_true ());
  json_object_set (gpu, "peak_memory", json_object_get (seen, "peak_memory"));
}

void
azml__samples_note (const azml__samples *samples, const azml__gpu_list *list,
                    json_t *status)
{
  json_t *gpus = json_object_get (status, "gpus"), *gpu;
  AZML_AUTO (json_t) sampled = azml__samples_to_json (samples, list);
  size_t i, k;
  if (!json_is_array (gpus))
    {
      json_object_set (status, "gpus", sampled);
      return;
    }
  json_array_foreach (gpus, i, gpu) for (k = 0; k < json_array_size (sampled); k++)
  {
    json_t *seen = json_array_get (sampled, k);
    if (json_equal (json_object_get (seen, "uuid"), json_object_get (gpu, "uuid")))
      json_object_update (gpu, seen);
    else
      add_from_whole (list, gpus, gpu, seen);
  }
}

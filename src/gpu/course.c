/* course.c: how the GPUs of a run went, from gpu.jsonl.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/course.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/json.h"
#include "core/path.h"

#define POINTS 512 /* kept; more are thinned by half */
#define LINE_LIMIT 65536

typedef struct course
{
  int values[POINTS]; /* -1: unknown */
  size_t count, step, seen;
} course;

/* The highest utilisation in the sample JSON of the GPUs on which the run is, of all where it
   is on none; -1: unknown.  */
static int
highest (const json_t *json)
{
  const json_t *gpus = json_object_get (json, "gpus");
  int own = -1, all = -1, is_own = 0;
  for (size_t i = 0; i < json_array_size (gpus); i++)
    {
      const json_t *gpu = json_array_get (gpus, i);
      int busy = (int)azml__json_integer (gpu, "utilisation", -1);
      if (busy > all)
        all = busy;
      if (azml__json_integer (gpu, "processes", 0) <= 0)
        continue;
      is_own = 1;
      if (busy > own)
        own = busy;
    }
  return is_own ? own : all;
}

static void
add (course *c, int value)
{
  if (c->seen++ % c->step)
    return;
  if (c->count == POINTS)
    {
      for (size_t i = 0; i < POINTS / 2; i++)
        c->values[i] = c->values[2 * i];
      c->count = POINTS / 2;
      c->step *= 2;
    }
  c->values[c->count++] = value;
}

int
azml__gpu_course (const char *folder, json_t **ret, azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join (folder, "gpu.jsonl");
  AZML_AUTO_FREE char *line = NULL;
  size_t size = 0;
  ssize_t n;
  course c = { .step = 1 };
  json_t *values = json_array ();
  if (!path || !values)
    {
      json_decref (values);
      return azml__error_no_memory (err);
    }
  AZML_AUTO (FILE) file = fopen (path, "re");
  while (file && (n = getline (&line, &size, file)) > 0)
    {
      AZML_AUTO (json_t) json = NULL;
      if (n < LINE_LIMIT && line[n - 1] == '\n'
          && azml__json_parse (line, (size_t)n, "gpu.jsonl", &json, NULL) == 0)
        add (&c, highest (json));
    }
  for (size_t i = 0; i < c.count; i++)
    json_array_append_new (values, c.values[i] < 0 ? json_null ()
                                                   : json_integer (c.values[i]));
  *ret = values;
  return 0;
}

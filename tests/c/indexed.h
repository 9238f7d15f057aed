/* indexed.h: runs whose values follow from their number, and questions to the index.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_INDEXED_H
#define AZML_TESTS_INDEXED_H

#include "core/json.h"
#include "runs.h"
#include "store/store.h"

__attribute__ ((unused)) static json_t *
parse (const char *text)
{
  json_t *json = NULL;
  if (azml__json_parse (text, strlen (text), "test", &json, NULL) < 0)
    {
      printf ("Bail out! not JSON: %s\n", text);
      exit (1);
    }
  return json;
}

/* Write the directory of run number I: its values follow from I.  */
__attribute__ ((unused)) static void
make_run (const azml__project *project, int i, char id[16])
{
  static const char *const states[] = { "completed", "failed", "running",
                                        "canceled" };
  const char *state = states[i % 4];
  snprintf (id, 16, "r%011d", i);
  AZML_AUTO_FREE char *run = azml__path_format (
      "{\"version\":1,\"id\":\"%s\",\"alias\":\"digits_17664%08d\",\"experiment\":"
      "\"%s\","
      "\"command\":[\"python3\",\"train.py\"],\"script\":\"train.py\","
      "\"parameters\":{\"lr\":%g,\"model\":\"%s\",\"depth\":\"%d\",\"fast\":%s},"
      "\"target\":{\"name\":\"local\",\"type\":\"local\"},"
      "\"snapshot\":{\"digest\":\"%064d\"},\"environment\":{\"digest\":\"e%d\"},"
      "\"submitted\":\"2026-01-%02dT%02d:%02d:%02d.%03dZ\",\"user\":\"me\","
      "\"host\":\"laptop\"}",
      id, i, i % 3 ? "digits" : "faces", (i % 100) / 100.0,
      i % 2 ? "resnet" : "vgg", i % 10, i % 5 ? "true" : "false", i, i % 7,
      1 + i / 86400 % 28, i / 3600 % 24, i / 60 % 60, i % 60, i % 1000);
  AZML_AUTO_FREE char *status =
      azml__path_format ("{\"version\":1,\"id\":\"%s\",\"state\":\"%s\","
                         "\"durations\":{\"total\":%d.5},"
                         "%s\"environment\":{\"hash\":\"h%d\"}}",
                         id, state, i,
                         i % 4 == 0   ? "\"exit_code\":0,"
                         : i % 4 == 1 ? "\"signal\":9,\"cause\":\"signal\","
                                      : "",
                         i % 3);
  AZML_AUTO_FREE char *metrics = azml__path_format (
      "{\"name\":\"accuracy\",\"value\":%g}\n{\"name\":\"accuracy\",\"value\":%g}\n"
      "{\"name\":\"val/"
      "loss\",\"value\":%s}\n{\"name\":\"note\",\"value\":\"n%d\"}\n",
      0.5, (i * 7 % 1000) / 1000.0, i % 50 == 3 ? "NaN" : "0.25", i % 4);
  scratch_file (project, id, "run.json", run);
  scratch_file (project, id, "status.json", status);
  scratch_file (project, id, "metrics.jsonl", metrics);
}

__attribute__ ((unused)) static void
make_runs (const azml__project *project, int n)
{
  char id[16];
  for (int i = 0; i < n; i++)
    make_run (project, i, id);
}

__attribute__ ((unused)) static azml__store *
open_store (const azml__project *project)
{
  azml__store *store = NULL;
  AZML_AUTO (azml_error) err = NULL;
  if (azml__store_open (project, &store, &err) < 0)
    {
      printf ("Bail out! the index does not open: %s\n", azml_error_message (err));
      exit (1);
    }
  return store;
}

/* The rows that QUERY, JSON, finds; NULL after an error.  */
__attribute__ ((unused)) static json_t *
query (azml__store *store, const char *text)
{
  json_t *rows = NULL;
  AZML_AUTO (json_t) json = parse (text);
  AZML_AUTO (azml_error) err = NULL;
  if (azml__store_query (store, json, &rows, &err) < 0)
    printf ("# %s: %s\n", text, azml_error_message (err));
  return rows;
}

__attribute__ ((unused)) static int
count (azml__store *store, const char *text)
{
  AZML_AUTO (json_t) rows = query (store, text);
  return rows ? (int)json_array_size (rows) : -1;
}

/* The id of row I of the answer to TEXT, in a static buffer.  */
__attribute__ ((unused)) static const char *
nth (azml__store *store, const char *text, size_t i)
{
  static char id[16];
  AZML_AUTO (json_t) rows = query (store, text);
  const char *found = azml__json_string (json_array_get (rows, i), "id");
  snprintf (id, sizeof id, "%s", found ? found : "none");
  return id;
}

#endif

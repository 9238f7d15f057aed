/* samples.h: sixty runs, and filters on them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_SAMPLES_H
#define AZML_TESTS_SAMPLES_H

#include <math.h>

#include "core/buffer.h"
#include "core/json.h"
#include "runs.h"
#include "store/store.h"
#include "store/where.h"

#define RUNS 60

/* What the runs of the tests are like; NAN and NULL: they have none.  */
typedef struct sample
{
  char id[16];
  const char *state, *experiment, *cause, *model;
  double seconds, exit_code, accuracy, best, lr;
} sample;

static sample samples[RUNS];
static azml__project *project;
static azml__store *store;

__attribute__ ((unused)) static void
make_sample (int i)
{
  static const char *const states[] = { "completed", "failed", "canceled", "lost" };
  static const char *const experiments[] = { "digits", "faces",
                                             "caf\xc3\xa9 100%" };
  sample *s = &samples[i];
  AZML_AUTO_BUFFER run = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER status = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER metrics = AZML__BUFFER_INIT;
  snprintf (s->id, sizeof s->id, "w%011d", i);
  s->state = states[i % 4];
  s->experiment = i % 7 ? experiments[i % 3] : NULL;
  s->cause = i % 4 == 1 ? "time limit" : NULL;
  s->model = i % 3 ? (i % 2 ? "resnet" : "it's \\\"new\\\"") : NULL;
  s->seconds = i % 5 ? i * 30 : NAN;
  s->exit_code = i % 2 ? i % 4 : NAN;
  s->accuracy = i % 6 ? (i * 37 % 100) / 100.0 : NAN;
  s->best = s->accuracy + 0.5;
  s->lr = i % 4 ? (i % 10) / 10.0 : NAN;
  azml__buffer_add_format (
      &run, "{\"id\":\"%s\",\"submitted\":\"2026-01-%02dT12:00:00Z\"", s->id,
      1 + i / 2);
  if (s->experiment)
    azml__buffer_add_format (&run, ",\"experiment\":\"%s\"", s->experiment);
  azml__buffer_add_text (&run, ",\"parameters\":{\"x\":1");
  if (s->model)
    azml__buffer_add_format (&run, ",\"model\":\"%s\"", s->model);
  if (!isnan (s->lr))
    azml__buffer_add_format (&run, ",\"lr\":%s%.1f%s", i % 3 ? "" : "\"", s->lr,
                             i % 3 ? "" : "\"");
  azml__buffer_add_text (&run, "}}");
  azml__buffer_add_format (&status, "{\"state\":\"%s\"", s->state);
  if (s->cause)
    azml__buffer_add_format (&status, ",\"cause\":\"%s\"", s->cause);
  if (!isnan (s->seconds))
    azml__buffer_add_format (&status, ",\"durations\":{\"total\":%g}", s->seconds);
  if (!isnan (s->exit_code))
    azml__buffer_add_format (&status, ",\"exit_code\":%g", s->exit_code);
  azml__buffer_add_text (&status, "}");
  if (!isnan (s->accuracy))
    azml__buffer_add_format (&metrics,
                             "{\"name\":\"accuracy\",\"value\":%.2f}\n"
                             "{\"name\":\"accuracy\",\"value\":%.2f}\n",
                             s->best, s->accuracy);
  scratch_file (project, s->id, "run.json", run.data);
  scratch_file (project, s->id, "status.json", status.data);
  if (metrics.length)
    scratch_file (project, s->id, "metrics.jsonl", metrics.data);
}

/* The number of runs that TEXT finds; -1 if it is no filter, -2 for anything
   unexpected.  */
__attribute__ ((unused)) static int
find (const char *text, json_t **ret)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) rows = NULL;
  AZML_AUTO (json_t) query = json_object ();
  json_object_set_new (query, "where", azml__json_text (text));
  json_object_set_new (query, "sort", json_string ("id"));
  /* Bytes that are not UTF-8 do not come through JSON as a string; try those by the
     compiler alone.  */
  if (!json_is_string (json_object_get (query, "where")))
    {
      azml__where where = { 0 };
      int rc = azml__where_compile (text, 0, &where, &err);
      azml__where_done (&where);
      return rc == 0 || rc == AZML_E_INVALID ? -1 : -2;
    }
  int rc = azml__store_query (store, query, &rows, &err);
  if (rc == AZML_E_INVALID)
    return -1;
  if (rc < 0)
    {
      printf ("# %s\n# %s\n", text, azml_error_message (err));
      return -2;
    }
  int n = (int)json_array_size (rows);
  if (ret)
    *ret = azml_steal (&rows);
  return n;
}

__attribute__ ((unused)) static int
count (const char *text)
{
  return find (text, NULL);
}

__attribute__ ((unused)) static void
make_samples (void)
{
  project = scratch_project ();
  for (int i = 0; i < RUNS; i++)
    make_sample (i);
  if (azml__store_open (project, &store, NULL) < 0)
    {
      printf ("Bail out! no index\n");
      exit (1);
    }
}

__attribute__ ((unused)) static void
remove_samples (void)
{
  azml__store_free (store);
  scratch_project_remove (project);
}

#endif

/* run.c: one run, for programs that use the library.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <azml/run.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "run/layout.h"
#include "run/metrics.h"
#include "run/project.h"
#include "run/replay.h"
#include "run/text.h"

struct azml_run
{
  atomic_int references;
  azml_project *project;
  char *id;
  char *directory;
};

AZML_DEFINE_AUTO (azml_run, azml_run_unref)

azml_run *
azml_run_ref (azml_run *run)
{
  if (run)
    atomic_fetch_add_explicit (&run->references, 1, memory_order_relaxed);
  return run;
}

void
azml_run_unref (azml_run *run)
{
  if (!run
      || atomic_fetch_sub_explicit (&run->references, 1, memory_order_acq_rel) != 1)
    return;
  azml_project_unref (run->project);
  free (run->id);
  free (run->directory);
  free (run);
}

int
azml_run_find (azml_project *project, const char *name, azml_run **ret,
               azml_error **err)
{
  const azml__project *fields = azml__project_of (project);
  AZML_AUTO (azml_run) run = calloc (1, sizeof *run);
  if (!run)
    return azml__error_no_memory (err);
  atomic_init (&run->references, 1);
  run->project = azml_project_ref (project);
  int rc = azml__project_find_run (fields, name, &run->id, err);
  if (rc < 0)
    return rc;
  run->directory = azml__path_join (fields->runs, run->id);
  if (!run->directory)
    return azml__error_no_memory (err);
  *ret = azml_steal (&run);
  return 0;
}

const char *
azml_run_id (const azml_run *run)
{
  return run->id;
}

const char *
azml_run_directory (const azml_run *run)
{
  return run->directory;
}

/* The file NAME, which must be JSON, as one line (new).  */
static int
read_json (const azml_run *run, const char *name, char **ret, azml_error **err)
{
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  int rc = azml__folder_open (run->directory, &folder, err);
  if (rc == 0)
    rc = azml__json_read (folder, name, &json, err);
  if (rc == 0)
    rc = azml__text_json (json, ret, err);
  return rc < 0 ? azml__error_prefix (err, rc, "run '%s'", run->id) : 0;
}

int
azml_run_request (const azml_run *run, char **ret, azml_error **err)
{
  return read_json (run, "run.json", ret, err);
}

int
azml_run_status (const azml_run *run, char **ret, azml_error **err)
{
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  int rc = azml__folder_open (run->directory, &folder, err);
  if (rc == 0)
    rc = azml__run_status (folder, &json, err);
  if (rc == 0)
    rc = azml__text_json (json, ret, err);
  return rc < 0 ? azml__error_prefix (err, rc, "run '%s'", run->id) : 0;
}

int
azml_run_is_alive (const azml_run *run)
{
  AZML_AUTO_CLOSE int folder = -1;
  return azml__folder_open (run->directory, &folder, NULL) == 0
         && azml__run_is_alive (folder);
}

int
azml_run_metrics (const azml_run *run, char **ret, azml_error **err)
{
  AZML_AUTO (json_t) summary = NULL;
  int rc = azml__metrics_summary (run->directory, &summary, err);
  return rc < 0 ? rc : azml__text_json (summary, ret, err);
}

/* The number of METRIC that PART means; -1: it has none.  */
static int
part_of (const azml__metric *metric, azml_metric_part part, double *ret)
{
  if (part == AZML_METRIC_COUNT)
    *ret = (double)metric->count;
  else if (part == AZML_METRIC_LAST)
    *ret = metric->last.real;
  else
    *ret = part == AZML_METRIC_MIN ? metric->min : metric->max;
  return part == AZML_METRIC_COUNT || metric->last.kind ? 0 : -1;
}

int
azml_run_metric (const azml_run *run, const char *name, azml_metric_part part,
                 double *ret, azml_error **err)
{
  azml__metric *metrics = NULL;
  size_t n = 0, i = 0;
  AZML_AUTO_CLOSE int folder = -1;
  if ((int)part < AZML_METRIC_LAST || part > AZML_METRIC_COUNT)
    return azml__error (err, AZML_E_INVALID, "%d is no part of a metric",
                        (int)part);
  int rc = azml__folder_open (run->directory, &folder, err);
  if (rc == 0)
    rc = azml__metrics_list (folder, &metrics, &n, err);
  if (rc < 0)
    return rc;
  while (i < n && strcmp (metrics[i].name, name) != 0)
    i++;
  if (i == n)
    rc = azml__error (err, AZML_E_NOT_FOUND, "run '%s' has no metric '%s'", run->id,
                      name);
  else if (part_of (&metrics[i], part, ret) < 0)
    rc = azml__error (err, AZML_E_INVALID, "metric '%s' is not a number", name);
  azml__metrics_free (metrics, n);
  return rc;
}

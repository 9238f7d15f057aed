/* best.c: print the completed run with the largest value of a metric.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   best METRIC, in the folder of a project.  */

#include <azml/azml.h>
#include <stdio.h>
#include <stdlib.h>

static int
fail (azml_error *err)
{
  fprintf (stderr, "best: %s\n", azml_error_message (err));
  if (azml_error_hint (err))
    fprintf (stderr, "hint: %s\n", azml_error_hint (err));
  azml_error_free (err);
  return 1;
}

int
main (int argc, char **argv)
{
  azml_error *err = NULL;
  azml_project *project = NULL;
  azml_history *history = NULL;
  azml_history_query query = AZML_HISTORY_QUERY_INIT;
  char sort[256], *rows = NULL;
  if (argc != 2)
    {
      fprintf (stderr, "usage: best METRIC\n");
      return 2;
    }
  snprintf (sort, sizeof sort, "metrics.%s", argv[1]);
  query.state = "completed";
  query.where = sort; /* runs that have it */
  query.sort = sort;
  query.limit = 1;
  int rc = azml_project_open (".", 0, &project, &err);
  if (rc == 0)
    rc = azml_history_open (project, &history, &err);
  if (rc == 0)
    rc = azml_history_find (history, &query, &rows, &err);
  if (rc == 0)
    puts (rows);
  free (rows);
  azml_history_unref (history);
  azml_project_unref (project);
  return rc == 0 ? 0 : fail (err);
}

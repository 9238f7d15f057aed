/* test-public.c: the library as a program sees it: public headers, libazml alone.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <azml/azml.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

/* Free the answer of the last call.  */
static void
drop (char **text)
{
  free (*text);
  *text = NULL;
}

static void
write_file (const char *folder, const char *name, const char *text)
{
  char path[1024];
  snprintf (path, sizeof path, "%s/%s", folder, name);
  FILE *out = fopen (path, "w");
  if (!out || fputs (text, out) < 0 || fclose (out) != 0)
    {
      printf ("Bail out! cannot write %s\n", path);
      exit (1);
    }
}

static void
make_run (const azml_project *project, const char *id, const char *loss)
{
  char folder[600], text[400];
  snprintf (folder, sizeof folder, "%s/.azml/runs/%s", azml_project_root (project),
            id);
  mkdir (folder, 0700);
  snprintf (text, sizeof text,
            "{\"id\": \"%s\", \"alias\": \"p_%s\", \"experiment\": \"digits\","
            " \"submitted\": \"2026-01-01T00:00:0%cZ\"}",
            id, id, id[0] - 'a' + '0');
  write_file (folder, "run.json", text);
  write_file (folder, "status.json",
              "{\"state\": \"completed\", \"exit_code\": 0}");
  snprintf (
      text, sizeof text,
      "{\"name\": \"loss\", \"value\": 2}\n{\"name\": \"loss\", \"value\": %s}\n"
      "{\"name\": \"note\", \"value\": \"x\"}\n",
      loss);
  write_file (folder, "metrics.jsonl", text);
}

static void
test_run (azml_project *project)
{
  azml_run *run = NULL;
  azml_error *err = NULL;
  char *text = NULL;
  double value = 0;
  ok (azml_run_find (project, "nosuch", &run, &err) == AZML_E_NOT_FOUND && !run
          && azml_error_hint (err),
      "no such run: an error with a hint");
  ok (azml_run_find (project, "b", &run, &err) == 0, "a run by a prefix");
  is_string (azml_run_id (run), "bbbbbbbbbbbb", "is the run");
  ok (access (azml_run_directory (run), X_OK) == 0 && !azml_run_is_alive (run),
      "it has a directory, and nobody is in charge");
  ok (azml_run_request (run, &text, &err) == 0 && strstr (text, "\"digits\""),
      "what was asked");
  drop (&text);
  ok (azml_run_status (run, &text, &err) == 0 && strstr (text, "\"completed\""),
      "what happened");
  drop (&text);
  ok (azml_run_metrics (run, &text, &err) == 0 && strstr (text, "\"count\":2"),
      "its metrics");
  drop (&text);
  ok (azml_run_metric (run, "loss", AZML_METRIC_MAX, &value, &err) == 0
          && value == 2,
      "the largest value of one");
  ok (azml_run_metric (run, "loss", AZML_METRIC_LAST, &value, &err) == 0
          && isnan (value),
      "the last, which is NaN");
  ok (azml_run_metric (run, "note", AZML_METRIC_LAST, &value, &err)
              == AZML_E_INVALID
          && azml_run_metric (run, "no", AZML_METRIC_LAST, &value, &err)
                 == AZML_E_NOT_FOUND,
      "a text, and a metric that is none");
  azml_run_unref (azml_run_ref (run));
  azml_run_unref (run);
  azml_error_free (err);
}

static void
test_history (azml_project *project)
{
  azml_history *history = NULL;
  azml_history_query query = AZML_HISTORY_QUERY_INIT;
  azml_error *err = NULL;
  char *text = NULL;
  ok (azml_history_open (project, &history, &err) == 0, "the history");
  azml_project_unref (project); /* the history holds one */
  ok (azml_history_find (history, NULL, &text, &err) == 0
          && strstr (text, "aaaaaaaaaaaa") > strstr (text, "bbbbbbbbbbbb"),
      "all runs, the newest first");
  drop (&text);
  query.where = "metrics.loss < 1";
  ok (azml_history_find (history, &query, &text, &err) == 0
          && strstr (text, "aaaaaaaaaaaa") && !strstr (text, "bbbbbbbbbbbb"),
      "by a filter");
  drop (&text);
  query.where = "metrics.loss <";
  ok (azml_history_find (history, &query, &text, &err) == AZML_E_INVALID
          && strstr (azml_error_message (err), "column 15"),
      "a wrong filter: the message says where");
  query.where = "experiment = \xff";
  ok (azml_history_find (history, &query, &text, &err) == 0
          && strcmp (text, "[]") == 0,
      "one that is not UTF-8 finds nothing");
  drop (&text);
  query.where = NULL;
  query.limit = 1;
  query.reverse = 1;
  ok (azml_history_find (history, &query, &text, &err) == 0
          && strstr (text, "aaaaaaaaaaaa") && !strstr (text, "bbbbbbbbbbbb"),
      "the oldest alone");
  drop (&text);
  query.size = sizeof query + 8;
  ok (azml_history_find (history, &query, &text, &err) == AZML_E_INVALID,
      "a query of a newer library is refused");
  ok (azml_history_refresh (history, "aaaaaaaaaaaa", &err) == 0,
      "a row is read again");
  ok (azml_history_reindex (history, NULL, &text, &err) == 0
          && strcmp (text, "{\"runs\":2,\"skipped\":[]}") == 0,
      "the index is made anew");
  drop (&text);
  azml_history_unref (history);
  azml_error_free (err);
}

int
main (void)
{
  char folder[] = "azml-public-XXXXXX", command[64];
  azml_project *project = NULL;
  azml_error *err = NULL;
  if (!mkdtemp (folder))
    return 1;
  ok (azml_project_open ("/", 0, &project, &err) == AZML_E_NOT_FOUND && !project,
      "no project at the top");
  ok (azml_project_open (folder, 1, &project, &err) == 0
          && strlen (azml_project_id (project)) == 12,
      "a project");
  make_run (project, "aaaaaaaaaaaa", "0.5");
  make_run (project, "bbbbbbbbbbbb", "NaN");
  test_run (project);
  test_history (project);
  azml_run_unref (NULL);
  azml_history_unref (NULL);
  azml_project_unref (NULL);
  snprintf (command, sizeof command, "rm -rf %s", folder);
  ok (system (command) == 0, "nothing is left");
  azml_error_free (err);
  return done_testing ();
}

/* test-store.c: the index: what is put is found, and broken ones are made anew.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/json.h"
#include "run/layout.h"
#include "indexed.h"
#include "tap.h"

static void
test_put (void)
{
  azml__project *project = scratch_project ();
  AZML_AUTO (azml__store) store = open_store (project);
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) ids = NULL;
  char id[16];
  ok (count (store, "{}") == 0, "a new index is empty");
  make_run (project, 0, id);
  AZML_AUTO (json_t) all = NULL;
  ok (azml__project_run (project, id, &all, &err) == 0, "a run");
  json_t *run = json_object_get (all, "run");
  json_t *status = json_object_get (all, "status");
  ok (azml__store_put (store, run, NULL, &err) == 0,
      "is put before it is accepted");
  ok (count (store, "{\"state\": \"submitting\"}") == 1, "and is being submitted");
  ok (azml__store_unfinished (store, &ids, &err) == 0 && json_array_size (ids) == 1,
      "and unfinished");
  ok (azml__store_put (store, run, status, &err) == 0
          && azml__store_put (store, run, status, &err) == 0,
      "it is put again, twice");
  AZML_AUTO (json_t) rows = query (store, "{}");
  ok (json_array_size (rows) == 1, "one run is one row");
  const json_t *row = json_array_get (rows, 0);
  is_string (azml__json_string (row, "state"), "completed", "its state");
  is_string (azml__json_string (row, "experiment"), "faces", "its experiment");
  is_string (azml__json_string (row, "target"), "local", "its target's name");
  is_string (azml__json_string (row, "environment"), "h0",
             "the environment it had");
  ok (azml__json_integer (row, "submitted", 0) == 1767225600000, "its time, in ms");
  ok (azml__json_integer (row, "exit_code", -1) == 0, "its exit code");
  ok (!json_object_get (row, "signal"), "what there is not is left out");
  ok (json_equal (json_object_get (row, "command"),
                  json_object_get (run, "command"))
          && json_equal (json_object_get (row, "parameters"),
                         json_object_get (run, "parameters")),
      "command and parameters as they were");
  ok (json_object_size (json_object_get (row, "metrics")) == 3, "its metrics");
  json_decref (azml_steal (&ids));
  ok (azml__store_unfinished (store, &ids, &err) == 0 && json_array_size (ids) == 0,
      "nothing is unfinished");
  ok (azml__store_remove (store, id, &err) == 0 && count (store, "{}") == 0,
      "a row is removed");
  ok (azml__store_remove (store, id, &err) == 0, "removing it again is fine");
  ok (azml__store_refresh (store, id, &err) == 0 && count (store, "{}") == 1,
      "a refresh finds it again");
  AZML_AUTO_FREE char *folder = azml__path_join (project->runs, id);
  azml__file_remove_tree (AT_FDCWD, folder, NULL);
  ok (azml__store_refresh (store, id, &err) == 0 && count (store, "{}") == 0,
      "a refresh removes what is gone");
  AZML_AUTO (json_t) nameless = parse ("{\"id\": \"../../etc\"}");
  ok (azml__store_put (store, nameless, NULL, &err) == AZML_E_FORMAT,
      "what has no id is refused");
  scratch_project_remove (project);
}

static void
test_submitting (void)
{
  azml__project *project = scratch_project ();
  AZML_AUTO (azml__store) store = open_store (project);
  char now[AZML__CLOCK_TEXT_SIZE], id[] = "abcdefghijkl";
  azml__clock_format (azml__clock_utc_ms (), now);
  AZML_AUTO (json_t) young = json_pack ("{s:s, s:s}", "id", id, "submitted", now);
  AZML_AUTO (json_t)
  old = json_pack ("{s:s, s:s}", "id", id, "submitted", "2026-01-01T00:00:00.000Z");
  int rc = azml__store_put (store, young, NULL, NULL);
  rc += azml__store_refresh (store, id, NULL);
  ok (rc == 0 && count (store, "{}") == 1,
      "a run that is being submitted need not have a folder yet");
  rc = azml__store_put (store, old, NULL, NULL);
  rc += azml__store_refresh (store, id, NULL);
  ok (rc == 0 && count (store, "{}") == 0, "for a while");
  scratch_project_remove (project);
}

static void
test_query (void)
{
  azml__project *project = scratch_project ();
  make_runs (project, 200);
  AZML_AUTO (azml__store) store = open_store (project);
  ok (count (store, "{}") == 200,
      "a missing index is made from the run directories");
  is_string (nth (store, "{}", 0), "r00000000199", "the newest comes first");
  is_string (nth (store, "{\"reverse\": true}", 0), "r00000000000", "or last");
  ok (count (store, "{\"limit\": 20}") == 20, "a limit");
  ok (count (store, "{\"limit\": 0}") == 0, "none at all");
  ok (count (store, "{\"experiment\": \"faces\"}") == 67, "by experiment");
  ok (count (store, "{\"state\": \"failed\", \"experiment\": \"faces\"}") == 16,
      "and state");
  ok (count (store, "{\"target\": \"gpu\"}") == 0, "by target");
  ok (count (store, "{\"where\": \"  \"}") == 200, "an empty filter is none");
  ok (count (store, "{\"where\": \"metrics.accuracy > 0.9 and state = completed\"}")
          == 3,
      "a metric and a state");
  ok (count (store, "{\"where\": \"state = completed or state = failed\","
                    " \"experiment\": \"faces\"}")
          == 33,
      "a filter's or does not escape from it");
  is_string (nth (store, "{\"sort\": \"metrics.accuracy\"}", 0), "r00000000141",
             "sorted by a metric the largest comes first");
  is_string (nth (store, "{\"sort\": \"metrics.accuracy\", \"reverse\": true}", 0),
             "r00000000000", "reversed the smallest");
  ok (count (store, "{\"sort\": \"metrics.accuracy\"}") == 200,
      "a run without the metric is there too");
  is_string (nth (store, "{\"sort\": \"metrics.accuracy\"}", 199), "r00000000002",
             "at the end");
  ok (count (store, "{\"sort\": \"metrics.accuracy\", \"limit\": 170}") == 170,
      "with a limit beyond those that have it");
  is_string (nth (store, "{\"sort\": \"seconds\"}", 0), "r00000000199",
             "by seconds");
  is_string (nth (store, "{\"sort\": \"id\"}", 0), "r00000000000",
             "text by the alphabet");
  is_string (nth (store, "{\"sort\": \"exit_code\"}", 0), "r00000000196",
             "what has no value comes last");
  is_string (nth (store, "{\"sort\": \"parameters.lr\", \"limit\": 1}", 0),
             "r00000000199", "by a parameter, of equals the newest first");
  ok (count (store, "{\"sort\": \"script\"}") == 200, "by what is in the details");
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) rows = NULL;
  AZML_AUTO (json_t) bad = parse ("{\"sort\": \"submited\"}");
  ok (azml__store_query (store, bad, &rows, &err) == AZML_E_INVALID
          && strstr (azml_error_hint (err), "'submitted'"),
      "an unknown sort key: did you mean");
  AZML_AUTO (json_t) worse = parse ("{\"sort\": \"id; drop table runs\"}");
  ok (azml__store_query (store, worse, &rows, &err) == AZML_E_INVALID,
      "nothing else");
  scratch_project_remove (project);
}

/* The same runs put one by one and read by a reindex.  */
static void
test_reindex (void)
{
  static const char *const questions[] = {
    "{}",
    "{\"where\": \"metrics.val/loss = nan or parameters.depth > 5\"}",
    "{\"sort\": \"metrics.accuracy.max\", \"limit\": 30}",
    "{\"where\": \"not (cause = signal)\", \"sort\": \"seconds\"}",
  };
  azml__project *project = scratch_project ();
  AZML_AUTO (azml__store) store = open_store (project);
  AZML_AUTO (azml_error) err = NULL;
  json_t *before[4];
  int rc = 0, same = 1;
  for (int i = 150; i-- > 0;)
    {
      char id[16];
      make_run (project, i, id);
      rc += azml__store_refresh (store, id, &err);
    }
  ok (rc == 0, "runs are put one by one, in any order");
  for (int i = 0; i < 4; i++)
    before[i] = query (store, questions[i]);
  scratch_file (project, "cutshort0000", "run.json",
                "{\"version\": 1, \"id\": \"cu");
  scratch_file (project, "other0000000", "run.json", "{\"id\": \"someoneelse0\"}");
  scratch_file (project, "empty0000000", "run.json", NULL);
  scratch_file (project, ".new-r00000000001", "run.json", "{}");
  AZML_AUTO (json_t) report = NULL;
  ok (azml__store_reindex (store, NULL, &report, &err) == 0, "a reindex");
  ok (azml__json_integer (report, "runs", -1) == 150, "reads them all");
  json_t *skipped = json_object_get (report, "skipped");
  ok (json_array_size (skipped) == 3, "and counts what it cannot read");
  int named = 0;
  for (size_t i = 0; i < json_array_size (skipped); i++)
    named += azml__json_string (
                 json_object_get (json_array_get (skipped, i), "error"), "message")
             != NULL;
  ok (named == 3, "with the reason");
  for (int i = 0; i < 4; i++)
    {
      AZML_AUTO (json_t) after = query (store, questions[i]);
      same = same && before[i] && json_equal (before[i], after);
      json_decref (before[i]);
    }
  ok (same, "it gives the same answers");
  AZML_AUTO (azml_cancel) cancel = NULL;
  rc = azml_cancel_new (&cancel, NULL);
  azml_cancel_set (cancel);
  AZML_AUTO (json_t) none = NULL;
  ok (rc == 0
          && azml__store_reindex (store, cancel, &none, &err) == AZML_E_CANCELLED
          && count (store, "{}") == 150,
      "one that is cancelled leaves the old rows");
  AZML_AUTO (azml__store) other = NULL;
  unlink (project->index);
  ok (azml__store_open_with (project, cancel, &other, &err) == AZML_E_CANCELLED,
      "so does an index that is made when it is opened");
  azml_cancel_clear (cancel);
  ok (azml__store_open_with (project, cancel, &other, &err) == 0
          && count (other, "{}") == 150,
      "and the next one makes it");
  scratch_project_remove (project);
}

int
main (void)
{
  test_put ();
  test_submitting ();
  test_query ();
  test_reindex ();
  return done_testing ();
}

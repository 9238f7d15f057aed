/* test-run.c: places, states, metrics, projects.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <math.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "core/json.h"
#include "run/layout.h"
#include "run/metrics.h"
#include "run/text.h"
#include "runs.h"
#include "tap.h"

static void
test_layout (void)
{
  azml__layout layout = { 0 };
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *path = NULL;
  setenv ("HOME", "/home/me", 1);
  unsetenv ("AZML_ROOT");
  ok (azml__layout_find (NULL, NULL, NULL, &layout, &err) == 0,
      "the places of a home");
  is_string (layout.root, "/home/me/.local/share/azml",
             "the root is in the home folder");
  is_string (layout.runs, "/home/me/.local/share/azml/runs",
             "runs are in the root");
  ok (azml__layout_run (&layout, "abcdefgh0123", &path, &err) == 0,
      "a run's folder");
  is_string (path, "/home/me/.local/share/azml/runs/abcdefgh0123", "is in runs");
  free (azml_steal (&path));
  ok (azml__layout_aside (&layout, "abcdefgh0123", &path, &err) == 0
          && azml__run_is_aside (azml__path_base (path))
          && !azml__run_is_aside ("abcdefgh0123"),
      "the name of one that is made");
  is_string (path, "/home/me/.local/share/azml/runs/.new-abcdefgh0123",
             "is none of a run");
  ok (azml__layout_run (&layout, "../../../x", &path, &err) == AZML_E_INVALID,
      "what is no id is no folder");
  azml__layout_done (&layout);
  setenv ("AZML_ROOT", "~/data", 1);
  ok (azml__layout_find (NULL, "/r", "~/o", &layout, &err) == 0, "named places");
  is_string (layout.root, "/home/me/data", "AZML_ROOT, and ~ is the home folder");
  is_string (layout.runs, "/r", "an absolute path stays");
  is_string (layout.objects, "/home/me/o", "~ in every place");
  azml__layout_done (&layout);
  ok (azml__layout_find ("relative", NULL, NULL, &layout, &err) == 0
          && layout.root[0] == '/',
      "a relative root becomes absolute");
  azml__layout_done (&layout);
  unsetenv ("HOME");
  unsetenv ("AZML_ROOT");
  ok (azml__layout_find (NULL, NULL, NULL, &layout, &err) == AZML_E_NOT_FOUND
          && azml_error_hint (err),
      "without HOME: an error with a hint");
  ok (azml__layout_find ("~/x", NULL, NULL, &layout, &err) == AZML_E_NOT_FOUND,
      "~ without HOME is an error");
  setenv ("HOME", "/home/me", 1);
}

static void
test_states (void)
{
  int round = 1, terminal = 0;
  for (int i = AZML__STATE_SUBMITTING; i <= AZML__STATE_LOST; i++)
    {
      round = round && azml__state_parse (azml__state_name ((azml__state)i)) == i;
      terminal += azml__state_is_terminal ((azml__state)i);
    }
  ok (round, "every state's name means it");
  ok (terminal == 4, "four states are terminal");
  ok (azml__state_parse ("Running") == -1 && azml__state_parse (NULL) == -1,
      "other names are no states");
  ok (azml__run_id_is_valid ("abcdefghij01")
          && !azml__run_id_is_valid ("abcdefghij0")
          && !azml__run_id_is_valid ("abcdefghij0_")
          && !azml__run_id_is_valid ("abcdefghij012"),
      "ids have 12 characters of a to z and 0 to 9");
}

static void
test_alive (void)
{
  AZML_AUTO_FREE char *path = scratch_make ();
  AZML_AUTO_CLOSE int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ok (!azml__run_is_alive (folder), "no `alive`: nobody is in charge");
  AZML_AUTO_CLOSE int fd =
      openat (folder, "alive", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ok (!azml__run_is_alive (folder), "not locked: nobody is in charge");
  ok (flock (fd, LOCK_EX | LOCK_NB) == 0 && azml__run_is_alive (folder),
      "locked: somebody is");
  flock (fd, LOCK_UN);
  AZML_AUTO_CLOSE int other = openat (folder, "alive", O_RDONLY | O_CLOEXEC);
  ok (flock (other, LOCK_SH | LOCK_NB) == 0 && !azml__run_is_alive (folder),
      "another observer is not somebody in charge");
  flock (other, LOCK_UN);
  ok (flock (fd, LOCK_EX | LOCK_NB) == 0, "a look leaves no lock behind");
  scratch_remove (azml_steal (&path));
}

static double
number (const json_t *summary, const char *metric, const char *key)
{
  double value = -12345;
  azml__json_get_number (
      json_object_get (
          json_object_get (json_object_get (summary, "metrics"), metric), key),
      &value);
  return value;
}

static void
test_metrics (void)
{
  AZML_AUTO_FREE char *path = scratch_make ();
  AZML_AUTO_FREE char *file = azml__path_join (path, "metrics.jsonl");
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) read = NULL;
  AZML_AUTO (json_t) summary = NULL;
  ok (azml__metrics_read (path, NULL, &read, &err) == 0
          && json_array_size (json_object_get (read, "points")) == 0,
      "no file: no points");
  int rc = 0;
  for (int i = 0; i < 1000; i++)
    {
      AZML_AUTO (json_t) value = json_real (i == 500 ? 5000 : i / 1000.0);
      AZML_AUTO (json_t) step = json_integer (i);
      rc += azml__metrics_append (file, "loss", value, step, &err);
    }
  AZML_AUTO (json_t) text = json_string ("good");
  AZML_AUTO (json_t) nan = azml__json_number (NAN);
  AZML_AUTO (json_t) yes = json_true ();
  AZML_AUTO (json_t) no = json_false ();
  AZML_AUTO (json_t) infinite = azml__json_number (-INFINITY);
  AZML_AUTO (json_t) list = json_pack ("[f,f,s]", 1.0, 2.0, "NaN");
  AZML_AUTO (json_t) empty = json_array ();
  AZML_AUTO (json_t) object = json_object ();
  rc += azml__metrics_append (file, "note", text, NULL, &err);
  rc += azml__metrics_append (file, "diverged", infinite, NULL, &err);
  rc += azml__metrics_append (file, "diverged", nan, NULL, &err);
  rc += azml__metrics_append (file, "list", list, NULL, &err);
  rc += azml__metrics_append (file, "flag", yes, NULL, &err);
  rc += azml__metrics_append (file, "flag", no, NULL, &err);
  rc += azml__metrics_append (file, "caf\xe9", text, NULL, &err);
  ok (rc == 0, "points are written");
  ok (azml__metrics_append (file, "x", empty, NULL, &err) == AZML_E_INVALID
          && azml__metrics_append (file, "x", object, NULL, &err) == AZML_E_INVALID
          && azml__metrics_append (file, "", text, NULL, &err) == AZML_E_INVALID,
      "an empty list, an object, a nameless point are refused");
  ok (azml__metrics_append ("/nowhere/at/all", "x", text, NULL, &err)
          == AZML_E_NOT_FOUND,
      "a missing folder is an error");

  FILE *out = fopen (file, "a");
  fputs ("{\"name\": \"loss\", \"value\": NaN}\n"
         "\n"
         "garbage\n"
         "{\"name\": \"loss\"}\n"
         "{\"name\": 3, \"value\": 1}\n"
         "{\"name\": \"loss\", \"value\": {\"a\": 1}}\n"
         "[1, 2]\n"
         "\xff\xfe\n"
         "{\"name\": \"late\", \"value\": 1, \"step\": \"soon\"}",
         out);
  fclose (out);
  json_decref (read);
  read = NULL;
  ok (azml__metrics_read (path, NULL, &read, &err) == 0, "points are read");
  ok (json_array_size (json_object_get (read, "points")) == 1009,
      "all of them, a last line without its end too");
  ok (azml__json_integer (read, "skipped", -1) == 6, "bad lines are counted");
  json_decref (read);
  read = NULL;
  ok (azml__metrics_read (path, "caf\xe9", &read, &err) == 0
          && json_array_size (json_object_get (read, "points")) == 1,
      "one metric by a name that is not UTF-8");

  ok (azml__metrics_summary (path, &summary, &err) == 0, "a summary");
  ok (number (summary, "loss", "count") == 1001
          && isnan (number (summary, "loss", "last"))
          && number (summary, "loss", "min") == 0
          && number (summary, "loss", "max") == 5000,
      "last, count, and NaN is neither smallest nor largest");
  ok (number (summary, "loss", "first_step") == 0
          && number (summary, "loss", "last_step") == -12345,
      "the first step; the last point has none");
  json_t *metrics = json_object_get (summary, "metrics");
  json_t *values = json_object_get (json_object_get (metrics, "loss"), "values");
  double last;
  ok (json_array_size (values) == 64
          && azml__json_get_number (json_array_get (values, 63), &last) == 0
          && isnan (last),
      "64 values, the last is the newest");
  ok (!json_object_get (json_object_get (metrics, "note"), "min")
          && number (summary, "note", "count") == 1,
      "a text has neither least nor values");
  ok (number (summary, "diverged", "min") == -INFINITY, "an infinity counts");
  ok (isnan (number (summary, "list", "last")),
      "of a list the last element counts");
  json_t *flag = json_object_get (metrics, "flag");
  ok (json_is_false (json_object_get (flag, "last"))
          && number (summary, "flag", "min") == 0
          && number (summary, "flag", "max") == 1,
      "a boolean stays one, and is 1 or 0 among numbers");
  ok (json_object_get (metrics, "caf%E9"), "a name that is not UTF-8 is spelt out");
  const char *first = json_object_iter_key (json_object_iter (metrics));
  is_string (first, "loss", "metrics come in order of their first point");
  scratch_remove (azml_steal (&path));
}

static void
test_long_lines (void)
{
  AZML_AUTO_FREE char *path = scratch_make ();
  AZML_AUTO_FREE char *file = azml__path_join (path, "metrics.jsonl");
  AZML_AUTO (json_t) summary = NULL;
  FILE *out = fopen (file, "w");
  fputs ("{\"name\": \"a\", \"value\": 1}\n{\"name\": \"b\", \"value\": \"", out);
  for (int i = 0; i < 20 * 1024; i++)
    fprintf (out, "%01023d", 0);
  fputs ("\"}\n{\"name\": \"a\", \"value\": 2}\n", out);
  fclose (out);
  ok (azml__metrics_summary (path, &summary, NULL) == 0
          && azml__json_integer (summary, "skipped", -1) == 1
          && number (summary, "a", "count") == 2
          && number (summary, "a", "last") == 2,
      "a line of 20 MB is passed over, the one after it is read");
  scratch_remove (azml_steal (&path));
}

/* 300 writers at once: every line is whole.  */
static void
test_parallel_append (void)
{
  AZML_AUTO_FREE char *path = scratch_make ();
  AZML_AUTO_FREE char *file = azml__path_join (path, "metrics.jsonl");
  AZML_AUTO (json_t) summary = NULL;
  for (int child = 0; child < 6; child++)
    if (fork () == 0)
      {
        AZML_AUTO (json_t) value = json_integer (child);
        for (int i = 0; i < 50; i++)
          if (azml__metrics_append (file, "m", value, value, NULL) < 0)
            _exit (1);
        _exit (0);
      }
  int status, bad = 0;
  while (wait (&status) > 0)
    bad += status != 0;
  ok (azml__metrics_summary (path, &summary, NULL) == 0 && !bad
          && number (summary, "m", "count") == 300
          && azml__json_integer (summary, "skipped", -1) == 0,
      "points of several processes do not mix");
  scratch_remove (azml_steal (&path));
}

static void
test_text (void)
{
  AZML_AUTO_FREE char *plain = azml__text_of_bytes ("na\xc3\xafve", 6);
  AZML_AUTO_FREE char *broken = azml__text_of_bytes ("a\xc3(\xff\0b", 6);
  is_string (plain, "na\xc3\xafve", "UTF-8 stays");
  is_string (broken, "a%C3(%FF%00b", "other bytes are spelt out");
}

static void
test_project (void)
{
  AZML_AUTO_FREE char *path = scratch_make ();
  AZML_AUTO_FREE char *deep = azml__path_join (path, "a/b");
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml__project) project = NULL;
  AZML_AUTO (azml__project) again = NULL;
  struct stat st;
  azml__folder_make (deep, 0777, NULL);
  ok (azml__project_open (deep, 0, &project, &err) == AZML_E_NOT_FOUND
          && azml_error_hint (err),
      "no project yet");
  ok (azml__project_open (path, 1, &project, &err) == 0, "the first run makes one");
  ok (stat (project->folder, &st) == 0 && (st.st_mode & 0777) == 0700,
      "nobody else can enter .azml");
  AZML_AUTO_FREE char *ignore = azml__path_join (project->folder, ".gitignore");
  ok (access (ignore, F_OK) == 0, "git is told to ignore it");
  ok (azml__project_open (deep, 1, &again, &err) == 0
          && strcmp (again->id, project->id) == 0
          && strcmp (again->root, project->root) == 0,
      "it is found from a folder below");
  AZML_AUTO_FREE char *file = azml__path_join (project->folder, "project");
  azml__file_replace (AT_FDCWD, file, "\n", 1, 0600, 0, NULL);
  AZML_AUTO (azml__project) broken = NULL;
  ok (azml__project_open (deep, 1, &broken, &err) == AZML_E_FORMAT,
      "a broken id is said");
  scratch_remove (azml_steal (&path));
}

/* Eight first runs at once agree on one id.  */
static void
test_project_race (void)
{
  AZML_AUTO_FREE char *path = scratch_make ();
  AZML_AUTO (azml__project) project = NULL;
  int fds[2], differ = 0, n = 0;
  char id[32] = "", other[32];
  if (pipe (fds) < 0)
    return;
  for (int child = 0; child < 8; child++)
    if (fork () == 0)
      {
        if (azml__project_open (path, 1, &project, NULL) < 0
            || write (fds[1], project->id, 12) != 12)
          _exit (1);
        _exit (0);
      }
  while (wait (NULL) > 0)
    ;
  close (fds[1]);
  for (; read (fds[0], other, 12) == 12; n++)
    {
      if (n == 0)
        memcpy (id, other, 12);
      differ += memcmp (id, other, 12) != 0;
    }
  close (fds[0]);
  ok (n == 8 && !differ, "projects made at once are one project");
  scratch_remove (azml_steal (&path));
}

static const char run_format[] =
    "{\"version\":1,\"id\":\"%s\",\"alias\":\"%s\",\"submitted\":\"%s\"}\n";

static void
make_run (azml__project *project, const char *id, const char *alias,
          const char *submitted)
{
  AZML_AUTO_FREE char *text = azml__path_format (run_format, id, alias, submitted);
  scratch_file (project, id, "run.json", text);
}

static void
test_find (void)
{
  azml__project *project = scratch_project ();
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) run = NULL;
  char *id = NULL;
  ok (azml__project_find_run (project, "last", &id, &err) == AZML_E_NOT_FOUND,
      "no last run of none");
  make_run (project, "aaaabbbbcccc", "p_1700000000000", "2026-01-01T00:00:00.000Z");
  make_run (project, "aaaabbbbdddd", "p_1700000000001", "2026-03-01T00:00:00.000Z");
  make_run (project, "zzzzbbbbdddd", "p_1700000000002", "2026-02-01T00:00:00.000Z");
  scratch_file (project, ".new-aaaa00000000", "run.json", "{}");
  ok (azml__project_find_run (project, "z", &id, &err) == 0, "a prefix");
  is_string (id, "zzzzbbbbdddd", "means the run");
  free (azml_steal (&id));
  ok (azml__project_find_run (project, "aaaabbbbdddd", &id, &err) == 0,
      "a whole id");
  free (azml_steal (&id));
  ok (azml__project_find_run (project, "aaaa", &id, &err) == AZML_E_AMBIGUOUS
          && strstr (azml_error_hint (err), "aaaabbbbcccc")
          && strstr (azml_error_hint (err), "aaaabbbbdddd"),
      "an ambiguous prefix: the hint lists the runs");
  ok (azml__project_find_run (project, "p_1700000000000", &id, &err) == 0,
      "an alias");
  is_string (id, "aaaabbbbcccc", "means the run");
  free (azml_steal (&id));
  ok (azml__project_find_run (project, "last", &id, &err) == 0, "last");
  is_string (id, "aaaabbbbdddd", "is the one submitted last");
  free (azml_steal (&id));
  static const char *const back[][2] = { { "last~0", "aaaabbbbdddd" },
                                         { "last~1", "zzzzbbbbdddd" },
                                         { "last~2", "aaaabbbbcccc" } };
  for (size_t i = 0; i < sizeof back / sizeof *back; i++)
    {
      ok (azml__project_find_run (project, back[i][0], &id, &err) == 0, "%s",
          back[i][0]);
      is_string (id, back[i][1], "is so many before it");
      free (azml_steal (&id));
    }
  ok (azml__project_find_run (project, "last~3", &id, &err) == AZML_E_NOT_FOUND
          && strstr (azml_error_message (err), "has 3"),
      "there are not as many");
  azml_error_free (azml_steal (&err));
  static const char *const wrong[] = { "last~",     "last~x", "last~-1", "last~1x",
                                       "last~1000", "last1",  "lastly" };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    ok (azml__project_find_run (project, wrong[i], &id, NULL) == AZML_E_NOT_FOUND,
        "%s means none", wrong[i]);
  ok (azml__project_find_run (project, "../runs", &id, NULL) == AZML_E_NOT_FOUND
          && azml__project_find_run (project, "", &id, NULL) == AZML_E_NOT_FOUND
          && azml__project_find_run (project, "nosuch", &id, NULL)
                 == AZML_E_NOT_FOUND,
      "other words mean no run");
  ok (azml__project_run (project, "zzzzbbbbdddd", &run, &err) == 0
          && !json_object_get (run, "status")
          && json_is_false (json_object_get (run, "alive")),
      "a run without a status is read");
  json_decref (azml_steal (&run));
  scratch_file (project, "zzzzbbbbdddd", "events.jsonl",
                "{\"event\": \"queued\", \"host\": \"there\"}\n"
                "{\"event\": \"running\"}\n{\"event\": \"fina");
  ok (azml__project_run (project, "zzzzbbbbdddd", &run, &err) == 0,
      "begun at once");
  const json_t *status = json_object_get (run, "status");
  is_string (azml__json_string (status, "state"), "running",
             "before it has a status, its events tell the state");
  is_string (azml__json_string (status, "host"), "there", "and the machine");
  json_decref (azml_steal (&run));
  scratch_file (project, "zzzzbbbbdddd", "status.json", "");
  ok (azml__project_run (project, "zzzzbbbbdddd", &run, &err) == 0,
      "an empty status");
  is_string (azml__json_string (json_object_get (run, "status"), "state"),
             "running", "as a power cut leaves it, counts as none");
  json_decref (azml_steal (&run));
  scratch_file (project, "zzzzbbbbdddd", "status.json", "{\"state\": \"comp");
  ok (azml__project_run (project, "zzzzbbbbdddd", &run, &err) == AZML_E_FORMAT,
      "a status cut short is an error that says so");
  ok (azml__project_run (project, "nosuchrun000", &run, &err) == AZML_E_NOT_FOUND,
      "no such run");
  scratch_project_remove (project);
}

int
main (void)
{
  test_layout ();
  test_states ();
  test_alive ();
  test_metrics ();
  test_long_lines ();
  test_parallel_append ();
  test_text ();
  test_project ();
  test_project_race ();
  test_find ();
  return done_testing ();
}

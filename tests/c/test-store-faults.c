/* test-store-faults.c: the index under attack: broken files, full and read-only folders,
   several processes at once, and processes killed in the middle.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <grp.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "indexed.h"
#include "tap.h"

#define RUNS 120

/* The number of files beside the index whose name holds ".corrupt-".  */
static int
moved_aside (const azml__project *project)
{
  int n = 0;
  struct dirent *entry;
  AZML_AUTO (DIR) dir = opendir (project->folder);
  while (dir && (entry = readdir (dir)))
    n += strstr (entry->d_name, "index.db.corrupt-") != NULL;
  return n;
}

/* Replace the index by N bytes of TEXT.  */
static void
overwrite (const azml__project *project, const char *text, size_t n)
{
  static const char *const parts[] = { "-wal", "-shm" };
  for (int i = 0; i < 2; i++)
    {
      AZML_AUTO_FREE char *file =
          azml__path_format ("%s%s", project->index, parts[i]);
      unlink (file);
    }
  if (azml__file_replace (AT_FDCWD, project->index, text, n, 0600, 0, NULL) < 0)
    printf ("# cannot overwrite the index\n");
}

static int
is_answered (const azml__project *project)
{
  AZML_AUTO (azml__store) store = open_store (project);
  return count (store, "{}") == RUNS
         && count (store, "{\"where\": \"metrics.accuracy >= 0\"}") == RUNS / 4 * 3;
}

static void
test_broken (void)
{
  azml__project *project = scratch_project ();
  AZML_AUTO_BUFFER whole = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER noise = AZML__BUFFER_INIT;
  make_runs (project, RUNS);
  ok (is_answered (project), "an index");
  overwrite (project, "not a database at all, but long enough to be one", 48);
  ok (is_answered (project), "one that is no database is made anew");
  ok (moved_aside (project) == 1, "and the old one is moved aside");
  overwrite (project, "", 0);
  ok (is_answered (project), "an empty file becomes one");
  azml__file_read (AT_FDCWD, project->index, 1 << 30, &whole, NULL);
  overwrite (project, whole.data, whole.length / 2);
  ok (is_answered (project), "one cut short is made anew");
  for (size_t i = 0; i < whole.length; i++)
    azml__buffer_add_char (&noise, i < 4096 || i % 64 > 9 ? whole.data[i] : 'x');
  overwrite (project, noise.data, noise.length);
  ok (is_answered (project), "one with noise behind its first page is made anew");
  overwrite (project, noise.data, noise.length);
  AZML_AUTO (azml__store) store = open_store (project);
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO (azml_error) err = NULL;
  ok (azml__store_refresh (store, "r00000000001", &err) == 0
          && azml__store_reindex (store, NULL, &report, &err) == 0
          && azml__json_integer (report, "runs", 0) == RUNS,
      "when it is written, too");
  scratch_project_remove (project);
}

/* Indexes that SQLite finds nothing wrong with.  */
static void
test_incomplete (void)
{
  static const char *const changes[] = {
    "DROP TABLE metrics", "ALTER TABLE runs RENAME COLUMN state TO estate",
    "DROP TABLE runs; DROP TABLE details"
  };
  azml__project *project = scratch_project ();
  make_runs (project, RUNS);
  for (int i = 0; i < 3; i++)
    {
      sqlite3 *db = NULL;
      int answered = is_answered (project);
      int rc = sqlite3_open (project->index, &db);
      if (rc == SQLITE_OK)
        rc = sqlite3_exec (db, changes[i], NULL, NULL, NULL);
      sqlite3_close (db);
      ok (answered && rc == SQLITE_OK && is_answered (project)
              && moved_aside (project) == i + 1,
          "after %s the index is made anew", changes[i]);
    }
  scratch_project_remove (project);
}

/* The header's bytes 60 to 63 are the version, 68 to 71 the application.  */
static void
test_newer (void)
{
  azml__project *project = scratch_project ();
  AZML_AUTO (azml__store) store = NULL;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER whole = AZML__BUFFER_INIT;
  make_runs (project, RUNS);
  is_answered (project);
  azml__file_read (AT_FDCWD, project->index, 1 << 30, &whole, NULL);
  whole.data[60] = 0;
  whole.data[63] = 99;
  overwrite (project, whole.data, whole.length);
  ok (azml__store_open (project, &store, &err) == AZML_E_UNSUPPORTED
          && azml_error_hint (err),
      "an index of a newer version is refused with a hint");
  ok (moved_aside (project) == 0, "and left as it is");
  memcpy (whole.data + 68, "else", 4);
  overwrite (project, whole.data, whole.length);
  ok (is_answered (project) && moved_aside (project) == 1,
      "another program's database is moved aside");
  scratch_project_remove (project);
}

/* Do what CHILD says in a process of its own; return its exit code.  */
static int
in_child (int (*child) (const azml__project *), const azml__project *project)
{
  int status;
  fflush (stdout);
  pid_t pid = fork ();
  if (pid == 0)
    _exit (child (project));
  return waitpid (pid, &status, 0) == pid && WIFEXITED (status)
             ? WEXITSTATUS (status)
             : 99;
}

/* A search must work, and a write must say CODE.  Return 0 if that is so.  */
static int
search_and_write (const azml__project *project, int code)
{
  azml__store *store = NULL;
  azml_error *err = NULL;
  json_t *rows = NULL,
         *query = json_pack ("{s:s}", "where", "metrics.accuracy >= 0");
  if (azml__store_open (project, &store, &err) < 0)
    return 1;
  if (azml__store_query (store, query, &rows, &err) < 0
      || json_array_size (rows) != RUNS / 4 * 3)
    return 2;
  if (azml__store_refresh (store, "r00000000001", &err) != code)
    return 3;
  return azml__store_reindex (store, NULL, &rows, &err) == code ? 0 : 4;
}

static int
without_rights (const azml__project *project)
{
  if (geteuid () == 0
      && (setgroups (0, NULL) < 0 || setgid (65534) < 0 || setuid (65534) < 0))
    return 5;
  return search_and_write (project, AZML_E_DENIED);
}

static int
without_space (const azml__project *project)
{
  struct rlimit limit = { 0, 0 };
  signal (SIGXFSZ, SIG_IGN);
  if (setrlimit (RLIMIT_FSIZE, &limit) < 0)
    return 5;
  return search_and_write (project, AZML_E_NO_SPACE);
}

static void
test_unwritable (void)
{
  azml__project *project = scratch_project ();
  make_runs (project, RUNS);
  ok (in_child (without_space, project) == 0,
      "no space for an index: the runs are found, a write says why");
  chmod (project->root, 0755);
  chmod (project->folder, 0555);
  chmod (project->runs, 0755);
  char id[16];
  for (int i = 0; i < RUNS; i++)
    {
      snprintf (id, sizeof id, "r%011d", i);
      AZML_AUTO_FREE char *folder = azml__path_join (project->runs, id);
      chmod (folder, 0755);
    }
  int rc = in_child (without_rights, project);
  ok (rc == 0, "the same in a folder that is read-only (%d)", rc);
  chmod (project->folder, 0700);
  is_answered (project);
  chmod (project->index, 0444);
  chmod (project->folder, 0555);
  rc = in_child (without_rights, project);
  ok (rc == 0, "and with an index in it (%d)", rc);
  chmod (project->folder, 0700);
  scratch_project_remove (project);
}

/* Child number N of 4: open the index, which may not exist yet, and put each fourth
   run, twice.  */
static int
put_each_fourth (const azml__project *project, int n)
{
  azml__store *store = NULL;
  char id[16];
  if (azml__store_open (project, &store, NULL) < 0)
    return 1;
  for (int i = n; i < RUNS; i += 4)
    {
      snprintf (id, sizeof id, "r%011d", i);
      if (azml__store_refresh (store, id, NULL) < 0
          || azml__store_refresh (store, id, NULL) < 0)
        return 2;
    }
  azml__store_free (store);
  return 0;
}

static void
test_together (void)
{
  azml__project *project = scratch_project ();
  int status, bad = 0;
  for (int round = 0; round < 5; round++)
    {
      AZML_AUTO_FREE char *above = azml__path_join (project->folder, "runs");
      azml__file_remove_tree (AT_FDCWD, above, NULL);
      mkdir (above, 0700);
      overwrite (project, round % 2 ? "broken" : "", round % 2 ? 6 : 0);
      make_runs (project, RUNS);
      for (int n = 0; n < 4; n++)
        if (fork () == 0)
          _exit (put_each_fourth (project, n));
      while (wait (&status) > 0)
        bad += status != 0;
      bad += !is_answered (project);
    }
  ok (bad == 0,
      "four processes make one index, whole or broken, and put their runs");
  ok (moved_aside (project) == 2, "a broken one is moved aside once, not by each");
  scratch_project_remove (project);
}

/* Write without end: runs, and now and then a reindex.  */
static void
write_for_ever (const azml__project *project)
{
  azml__store *store = NULL;
  char id[16];
  if (azml__store_open (project, &store, NULL) < 0)
    _exit (1);
  for (unsigned i = 0;; i++)
    {
      json_t *report = NULL;
      snprintf (id, sizeof id, "r%011d", (int)(i % RUNS));
      if (azml__store_refresh (store, id, NULL) < 0
          || (i % 50 == 49 && azml__store_reindex (store, NULL, &report, NULL) < 0))
        _exit (2);
      json_decref (report);
    }
}

static void
test_killed (void)
{
  azml__project *project = scratch_project ();
  int bad = 0;
  make_runs (project, RUNS);
  for (int round = 0; round < 25; round++)
    {
      pid_t pid = fork ();
      if (pid == 0)
        write_for_ever (project);
      struct timespec pause = { 0, (2 + round * 7 % 40) * 1000000L };
      nanosleep (&pause, NULL);
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
      if (!is_answered (project))
        bad++;
    }
  ok (bad == 0, "an index whose writer was killed 25 times is whole each time");
  ok (moved_aside (project) == 0, "and never had to be made anew");
  scratch_project_remove (project);
}

/* A thousand runs: reindex, and single puts that stay cheap.  */
static void
test_many (void)
{
  azml__project *project = scratch_project ();
  AZML_AUTO (json_t) report = NULL;
  char id[16];
  int rc = 0;
  make_runs (project, 1000);
  AZML_AUTO (azml__store) store = open_store (project);
  ok (count (store, "{\"limit\": 20, \"where\": \"metrics.accuracy > 0.9\"}") == 20,
      "1,000 runs");
  clock_t begin = clock ();
  for (int i = 0; i < 200; i++)
    {
      snprintf (id, sizeof id, "r%011d", i * 4);
      rc += azml__store_refresh (store, id, NULL);
    }
  double ms = (double)(clock () - begin) * 1000 / CLOCKS_PER_SEC / 200;
  ok (rc == 0 && ms < 5, "a put among them takes well under 5 ms of the processor");
  ok (azml__store_reindex (store, NULL, &report, NULL) == 0
          && azml__json_integer (report, "runs", 0) == 1000,
      "a reindex of all");
  ok (count (store, "{\"where\": \"state = failed and metrics.note = n1\"}") == 250,
      "finds the same");
  scratch_project_remove (project);
}

int
main (void)
{
  test_broken ();
  test_incomplete ();
  test_newer ();
  test_unwritable ();
  test_together ();
  test_killed ();
  test_many ();
  return done_testing ();
}

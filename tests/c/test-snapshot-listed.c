/* test-snapshot-listed.c: snapshots of listed files, and what differs between two.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <azml/snapshot.h>

#include "snapshot-help.h"

static azml_project *project;

/* The digest (new) of the N FILES of the folder "source", NULL on failure.  */
static char *
take_files (const char *const *files, size_t n, azml_error **err)
{
  azml_snapshot_options options = AZML_SNAPSHOT_OPTIONS_INIT;
  AZML_AUTO_FREE char *text = NULL;
  options.files = files;
  options.n_files = n;
  if (azml_snapshot_take (project, "source", &options, NULL, &text, err) < 0)
    return NULL;
  AZML_AUTO (json_t) report = json_loads (text, 0, NULL);
  return strdup (azml__json_string (report, "digest"));
}

static char *
changes_between (const char *a, const char *b)
{
  char *text = NULL;
  AZML_AUTO (azml_error) err = NULL;
  if (!a || !b || azml_snapshot_compare (project, a, b, &text, &err) < 0)
    return NULL;
  return text;
}

static void
test_list (void)
{
  AZML_AUTO_FREE char *here = realpath ("source", NULL);
  AZML_AUTO_FREE char *absolute = azml__path_join (here, "sub/b.txt");
  const char *few[] = { "a.txt", "sub/b.txt" };
  const char *many[] = { "./sub//b.txt", "a.txt", "a.txt", absolute, "sub" };
  AZML_AUTO_FREE char *one = take_files (few, 2, NULL);
  AZML_AUTO_FREE char *two = take_files (many, 5, NULL);
  ok (one && two && strcmp (one, two) == 0,
      "names written in other ways mean the same snapshot");

  AZML_AUTO_FREE char *whole = NULL;
  ok (azml_snapshot_take (project, "source", NULL, NULL, &whole, NULL) == 0
          && strstr (whole, "\"files\":4"),
      "without a list it is the whole folder");
}

static void
test_ignored (void)
{
  const char *files[] = { "made.o", "link" };
  AZML_AUTO_FREE char *digest = take_files (files, 2, NULL);
  const char *one[] = { "link" };
  AZML_AUTO_FREE char *link = take_files (one, 1, NULL);
  AZML_AUTO_FREE char *changes = changes_between (link, digest);
  ok (changes
          && strcmp (changes, "[{\"path\":\"made.o\",\"change\":\"added\"}]") == 0,
      "a listed file goes in although an ignore file names it");
}

static void
test_refused (void)
{
  AZML_AUTO (azml_error) err = NULL;
  const char *missing[] = { "a.txt", "nothing.txt" };
  ok (!take_files (missing, 2, &err) && azml_error_code (err) == AZML_E_NOT_FOUND
          && strstr (azml_error_message (err), "nothing.txt"),
      "a file that is missing is named");
  AZML_AUTO (azml_error) outside = NULL;
  const char *above[] = { "sub/../../secret" };
  ok (!take_files (above, 1, &outside)
          && azml_error_code (outside) == AZML_E_INVALID,
      "a name that leads out of the folder is refused");
  AZML_AUTO (azml_error) away = NULL;
  const char *absolute[] = { "/etc/passwd" };
  ok (!take_files (absolute, 1, &away) && azml_error_code (away) == AZML_E_INVALID,
      "so is an absolute one outside of it");
}

static void
test_compare (void)
{
  const char *files[] = { "a.txt", "sub/b.txt", "link" };
  AZML_AUTO_FREE char *before = take_files (files, 3, NULL);
  write_bytes ("source/a.txt", "other", 5);
  unlink ("source/link");
  ok (symlink ("sub/b.txt", "source/link") == 0, "a link is changed");
  AZML_AUTO_FREE char *after = take_files (files, 3, NULL);
  AZML_AUTO_FREE char *changes = changes_between (before, after);
  ok (changes
          && strcmp (changes, "[{\"path\":\"a.txt\",\"change\":\"changed\"},"
                              "{\"path\":\"link\",\"change\":\"changed\"}]")
                 == 0,
      "contents and links that differ are told");
  AZML_AUTO_FREE char *back = changes_between (after, after);
  ok (back && strcmp (back, "[]") == 0, "a snapshot equals itself");
  AZML_AUTO_FREE char *text = NULL;
  AZML_AUTO (azml_error) err = NULL;
  ok (azml_snapshot_compare (project, after, "no digest", &text, &err)
          == AZML_E_INVALID,
      "what is no digest is refused");
}

int
main (void)
{
  char *folder = scratch_enter ("listed");
  write_bytes ("source/a.txt", "one", 3);
  write_bytes ("source/sub/b.txt", "two", 3);
  write_bytes ("source/made.o", "object", 6);
  write_bytes ("source/.gitignore", "*.o\n", 4);
  if (!folder || symlink ("a.txt", "source/link") < 0
      || azml_project_open (".", 1, &project, NULL) < 0)
    return 1;
  test_list ();
  test_ignored ();
  test_refused ();
  test_compare ();
  azml_project_unref (project);
  scratch_leave (folder);
  return done_testing ();
}

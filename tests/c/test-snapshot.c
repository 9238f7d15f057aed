/* test-snapshot.c: a source tree goes into the store and comes back as it was.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "core/json.h"
#include "scratch.h"
#include "snapshot/snapshot.h"
#include "tap.h"

static azml__objects *objects;

/* Take a snapshot of SOURCE with the cache file CACHE; return the report (new).  */
static json_t *
take (const char *source, const char *cache, azml_error **err)
{
  azml__snapshot_options options = { .cache = cache };
  json_t *report = NULL;
  int rc = azml__snapshot_take (source, objects, &options, &report, err);
  if (rc < 0 && err)
    printf ("# %s\n", azml_error_message (*err));
  return report;
}

static int
number (const json_t *report, const char *key)
{
  return (int)azml__json_integer (report, key, -1);
}

/* Is TEXT one of the strings of REPORT[KEY]?  */
static int
lists (const json_t *report, const char *key, const char *text)
{
  json_t *list = json_object_get (report, key), *item;
  size_t i;
  json_array_foreach (list, i, item)
  {
    AZML_AUTO_FREE char *bytes = azml__json_get_bytes (item, NULL);
    if (bytes && strcmp (bytes, text) == 0)
      return 1;
  }
  return 0;
}

static int
materialise (const json_t *report, const char *target,
             azml__materialise_report *ret)
{
  azml__digest digest;
  AZML_AUTO (azml_error) err = NULL;
  const char *hex = azml__json_string (report, "digest");
  int rc = -1;
  if (hex && azml__digest_parse (hex, &digest) == 0
      && azml__folder_make (target, 0777, NULL) == 0)
    rc = azml__snapshot_materialise (objects, &digest, target, NULL, ret, NULL,
                                     &err);
  if (err)
    printf ("# %s\n", azml_error_message (err));
  return rc;
}

/* Run a shell command; return its exit code.  */
static int
shell (const char *command)
{
  int status = system (command);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static void
make_tree (void)
{
  AZML_AUTO_FREE char *large = malloc (1 << 20);
  for (size_t i = 0; i < 1 << 20; i++)
    large[i] = (char)(i * 2654435761u >> 13);
  write_text ("src/train.py", "print ('hello')\n");
  write_text ("src/run.sh", "#!/bin/sh\n");
  chmod ("src/run.sh", 0755);
  write_text ("src/empty", "");
  write_text ("src/a.b", "sorts between a and a/b");
  write_text ("src/a/b", "below a");
  write_text ("src/a/c/d/e", "deep");
  write_text ("src/name with\nnewline", "newline");
  write_text ("src/bytes\xff\xfe", "not UTF-8");
  write_text ("src/\xc3\xa9t\xc3\xa9", "UTF-8");
  write_text ("src/same", "#!/bin/sh\n");
  write_bytes ("src/large", large, 1 << 20);
  mkdir ("src/hollow", 0777);
  mkdir ("src/deep", 0777);
  mkdir ("src/deep/hollow", 0777);
  (void)!symlink ("train.py", "src/link");
  (void)!symlink ("nowhere/at all", "src/dangling");
  (void)!symlink ("..", "src/a/loop");
  (void)!symlink ("a", "src/folder-link");
  write_text ("src/outputs/model", "left out");
  write_text ("src/a/outputs/kept",
              "an inner folder of that name is like any other");
  write_text ("src/.git/config", "left out");
  write_text ("src/a/.azml/index", "left out");
  mkfifo ("src/fifo", 0666);
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX,
                                 .sun_path = "src/a/socket" };
  (void)!bind (fd, (struct sockaddr *)&address, sizeof address);
  close (fd);
}

static void
test_round_trip (void)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__materialise_report made = { 0 };
  make_tree ();
  AZML_AUTO (json_t) report = take ("src", NULL, &err);
  ok (report && azml__json_string (report, "digest"), "a tree is taken");
  ok (number (report, "files") == 16, "16 files and links");
  ok (number (report, "digested") == 12, "each file is digested");
  ok (lists (report, "ignored", "outputs/") && lists (report, "ignored", ".git/")
          && lists (report, "ignored", "a/.azml/")
          && number (report, "ignored_count") == 3,
      "outputs, .git and .azml stay out, and it is said");
  ok (lists (report, "special", "fifo") && lists (report, "special", "a/socket"),
      "a FIFO and a socket are named");
  ok (!json_object_get (report, "ignore_file"), "there is no ignore file");
  json_t *largest = json_array_get (json_object_get (report, "largest"), 0);
  is_string (azml__json_string (largest, "path"), "large",
             "the largest file comes first");
  ok (materialise (report, "dst", &made) == 0, "it is made real");
  ok (made.files == 16 && made.bytes > 1 << 20, "with as many files");
  ok (shell ("rm -r src/outputs src/.git src/a/.azml src/fifo src/a/socket"
             " && diff -r --no-dereference src dst")
          == 0,
      "and the same content, odd names and links included");
  ok (shell ("test -x dst/run.sh && test ! -x dst/train.py && test -w dst/same")
          == 0,
      "an executable file is one, others are not");
  ok (shell ("test -d dst/hollow && test -d dst/deep/hollow && test -L dst/a/loop")
          == 0,
      "empty folders and links are kept");
  AZML_AUTO (json_t) again = take ("dst", NULL, &err);
  is_string (azml__json_string (again, "digest"),
             azml__json_string (report, "digest"),
             "what was made has the same digest");
  ok (materialise (report, "dst", NULL) == AZML_E_EXISTS,
      "nothing is written over what is there");
  AZML_AUTO (json_t) none = take ("nowhere", NULL, &err);
  ok (!none && azml_error_code (err) == AZML_E_NOT_FOUND, "no folder, no snapshot");
}

int
main (void)
{
  char *folder = scratch_enter ("snapshot");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  test_round_trip ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

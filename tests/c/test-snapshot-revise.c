/* test-snapshot-revise.c: one source tree made of another.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "snapshot-help.h"
#include "snapshot/revise.h"

#define TREES 60

/* A small generator of our own, so that a failure can be had again.  */
static unsigned state = 1;

static unsigned
any (unsigned n)
{
  state = state * 1103515245 + 12345;
  return (state >> 16) % n;
}

/* Make a tree of some of a few names, each a file, a link, an executable file or a
   folder of such.  */
static void
grow (const char *folder, int depth)
{
  (void)mkdir (folder, 0777);
  for (int i = 0; i < 5; i++)
    {
      AZML_AUTO_FREE char *path = azml__path_format ("%s/%c", folder, 'a' + i);
      unsigned what = any (depth < 3 ? 8 : 5);
      if (what == 1)
        (void)!symlink (any (2) ? "here" : "there", path);
      else if (what > 1 && what < 5)
        {
          FILE *out = fopen (path, "w");
          if (out)
            fprintf (out, "%u", any (3));
          if (out)
            (void)fclose (out);
          (void)chmod (path, what == 2 ? 0755 : 0644);
        }
      else if (what >= 5)
        grow (path, depth + 1);
    }
}

/* The manifest of the tree in FOLDER; it is made real in MADE (or NULL).  */
static int
manifest_of (const char *folder, const char *made, azml__manifest *ret)
{
  azml__digest digest;
  AZML_AUTO (json_t) report = take (folder, NULL, NULL);
  const char *hex = azml__json_string (report, "digest");
  if (!hex || azml__digest_parse (hex, &digest) < 0
      || (made && materialise (report, made, NULL) < 0))
    return -1;
  return azml__manifest_load (objects, &digest, ret, NULL);
}

/* What a shell tells of every name below a folder: type, mode, content.  */
#define TELL                                                                       \
  "find . -printf '%y %m %p %l\\n' | sort; find . -type f | sort | xargs -r "      \
  "cat"

static void
test_random (void)
{
  int wrong = 0, different = 0;
  for (int i = 0; i < TREES; i++)
    {
      AZML_AUTO_MANIFEST from = AZML__MANIFEST_INIT;
      AZML_AUTO_MANIFEST to = AZML__MANIFEST_INIT;
      (void)!shell ("rm -rf from to made wanted");
      grow ("from", 0);
      grow ("to", 0);
      if (manifest_of ("from", "made", &from) < 0
          || manifest_of ("to", "wanted", &to) < 0)
        {
          wrong++;
          continue;
        }
      different += azml__manifest_difference (&from, &to) > 5;
      AZML_AUTO (azml_error) err = NULL;
      if (azml__snapshot_revise (objects, &from, &to, "made", NULL, NULL, &err) < 0
          || shell ("(cd made && " TELL ") >1; (cd wanted && " TELL ") >2; cmp 1 2")
                 != 0)
        {
          printf ("# tree %d: %s\n", i, err ? azml_error_message (err) : "");
          wrong++;
        }
    }
  ok (wrong == 0, "any tree can be made of any other");
  ok (different > TREES / 2, "and they are different indeed");
}

static void
test_same (void)
{
  AZML_AUTO_MANIFEST from = AZML__MANIFEST_INIT;
  AZML_AUTO_MANIFEST to = AZML__MANIFEST_INIT;
  (void)!shell (
      "rm -rf from made; mkdir -p from/x; echo 1 >from/x/y; echo 2 >from/z");
  ok (manifest_of ("from", "made", &from) == 0, "a tree");
  (void)!shell ("echo 3 >from/z");
  ok (manifest_of ("from", NULL, &to) == 0, "with a file that is changed");
  ok (azml__manifest_difference (&from, &from) == 0
          && azml__manifest_difference (&from, &to) == 1,
      "is different in one path");
  struct stat before, after;
  ok (stat ("made/x/y", &before) == 0
          && azml__snapshot_revise (objects, &from, &to, "made", NULL, NULL, NULL)
                 == 0
          && stat ("made/x/y", &after) == 0 && before.st_ino == after.st_ino
          && shell ("diff -r from made") == 0,
      "nothing else is touched");
}

/* Who put something else there gets an error, not a file written through a link.  */
static void
test_links_in_the_way (void)
{
  AZML_AUTO_MANIFEST from = AZML__MANIFEST_INIT;
  AZML_AUTO_MANIFEST to = AZML__MANIFEST_INIT;
  AZML_AUTO (azml_error) err = NULL;
  (void)!shell ("rm -rf from made away; mkdir -p from/x away; echo 1 >from/x/y");
  (void)!manifest_of ("from", "made", &from);
  (void)!shell ("echo 2 >from/x/new");
  (void)!manifest_of ("from", NULL, &to);
  (void)!shell ("rm -r made/x; ln -s ../away made/x");
  ok (azml__snapshot_revise (objects, &from, &to, "made", NULL, NULL, &err) < 0
          && shell ("test ! -e away/new") == 0,
      "a link in the way is not followed");
}

int
main (void)
{
  char *folder = scratch_enter ("revise");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  test_random ();
  test_same ();
  test_links_in_the_way ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

/* test-snapshot-mend.c: contents that were changed in their store.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/buffer.h"
#include "snapshot-help.h"
#include "snapshot/mend.h"

#define LARGE ((size_t)600 << 10)

/* What FILE holds, as a digest.  */
static azml__digest
digest_of (const char *file)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__digest digest;
  azml__file_read (AT_FDCWD, file, 1 << 20, &text, NULL);
  azml__sha256_bytes (text.data, text.length, &digest);
  return digest;
}

/* Change a byte of the object with what FILE holds.  KEEP_TIME: as a disk does it, behind the
   back of the file system.  Return 1 if it is in a pack, 0: a file of its own.  */
static int
damage (const char *file, int keep_time)
{
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  azml__digest digest = digest_of (file);
  struct stat st;
  char path[64];
  if (azml__objects_read (objects, &digest, &object, NULL) < 0
      || fstat (object.fd, &st) < 0 || fchmod (object.fd, 0600) < 0)
    return -1;
  snprintf (path, sizeof path, "/proc/self/fd/%d", object.fd);
  AZML_AUTO_CLOSE int fd = open (path, O_WRONLY | O_CLOEXEC);
  if (pwrite (fd, "?", 1, (off_t)(object.offset + object.size - 1)) != 1)
    return -1;
  struct timespec times[2] = { st.st_atim, st.st_mtim };
  if (keep_time)
    futimens (fd, times);
  return object.packed;
}

/* Make the snapshot of REPORT real in TARGET; ERR says what is wrong.  Return how many
   contents were mended, or a code.  */
static int
mended (const json_t *report, const char *target, azml_error **err)
{
  azml__materialise_report made = { 0 };
  azml__digest digest;
  azml__digest_parse (azml__json_string (report, "digest"), &digest);
  mkdir (target, 0777);
  int rc =
      azml__snapshot_materialise (objects, &digest, target, NULL, &made, NULL, err);
  return rc < 0 ? rc : (int)made.mended;
}

static void
make_source (void)
{
  AZML_AUTO_FREE char *large = malloc (LARGE);
  char name[32];
  for (size_t i = 0; i < LARGE; i++)
    large[i] = (char)(i * 2654435761u >> 13);
  for (int i = 0; i < 100; i++)
    {
      snprintf (name, sizeof name, "src/small-%d", i);
      write_text (name, name);
    }
  write_text ("src/alone/a", "two files have this");
  write_text ("src/alone/b", "two files have this");
  write_bytes ("src/large", large, LARGE);
}

static void
test_alone (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) report = take ("src/alone", NULL, NULL);
  azml__digest digest = digest_of ("src/alone/a");
  ok (damage ("src/alone/a", 1) == 0, "a content of its own is damaged");
  ok (mended (report, "told", &err) == AZML_E_CORRUPT
          && strstr (azml_error_message (err), "'a'") && azml_error_hint (err),
      "without a source that is an error which names the file");
  ok (!azml__objects_has (objects, &digest), "the object is gone");
  json_decref (take ("src/alone", NULL, NULL));
  ok (damage ("src/alone/a", 1) == 0, "there again, and damaged again");
  json_decref (take ("src/alone", NULL, NULL));
  ok (mended (report, "stored", NULL) == 0,
      "a snapshot for which the file is read stores it anew");
}

static void
test_trees (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) report = take ("src", NULL, NULL);
  azml__objects_set_source (objects, "src", NULL);
  ok (mended (report, "whole", NULL) == 0, "of what is whole nothing is mended");
  ok (damage ("src/small-90", 1) == 1 && damage ("src/alone/a", 1) == 0
          && damage ("src/large", 0) == 0,
      "contents in a pack, small and large files of their own are damaged");
  ok (mended (report, "mended", &err) == 3 && shell ("diff -r src mended") == 0,
      "all are made again from the source");
  ok (mended (report, "again", NULL) == 0, "for good");
  damage ("src/large", 0);
  ok (shell ("mv src/large src/moved && mkdir src/large") == 0
          && mended (report, "moved", &err) == AZML_E_CORRUPT
          && strstr (azml_error_message (err), "'large'"),
      "one that the source has no more is named");
  ok (shell ("rmdir src/large && mv src/moved src/large") == 0, "it has it again");
  azml__objects_set_source (objects, "nowhere", NULL);
  damage ("src/alone/a", 1);
  ok (mended (report, "nowhere-made", NULL) == AZML_E_CORRUPT,
      "a source that is not there is none");
  azml__objects_set_source (objects, "src", NULL);
  ok (mended (report, "missing", &err) == AZML_E_NOT_FOUND,
      "what is not there at all is not made up");
}

/* A large file is read only if it was written to.  */
static void
test_mark (void)
{
  AZML_AUTO (json_t) report = take ("src", NULL, NULL);
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  azml__digest digest = digest_of ("src/large");
  struct stat before, after;
  azml__objects_read (objects, &digest, &object, NULL);
  fstat (object.fd, &before);
  ok (before.st_mtim.tv_sec < time (NULL), "its mark is no time to come");
  futimens (object.fd, NULL);
  ok (mended (report, "touched", NULL) == 0, "one that was touched is whole");
  fstat (object.fd, &after);
  ok (before.st_mtim.tv_nsec == after.st_mtim.tv_nsec, "and marked again");
  damage ("src/large", 1);
  ok (mended (report, "marked", NULL) == 0, "what bears the mark is believed");
  damage ("src/large", 0);
  ok (mended (report, "unmarked", NULL) == 1, "what does not is read");
}

/* What azml__snapshot_mend says of all contents of REPORT: 10 * mended + lost.  */
static int
mend_all (const json_t *report, const char *source, json_t **ret)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO (json_t) digests = json_array ();
  azml__digest digest;
  char hex[AZML__DIGEST_HEX_SIZE];
  azml__digest_parse (azml__json_string (report, "digest"), &digest);
  azml__manifest_load (objects, &digest, &manifest, NULL);
  for (size_t i = 0; i < manifest.count; i++)
    json_array_append_new (
        digests, json_string (azml__digest_hex (&manifest.entries[i].digest, hex)));
  json_decref (*ret);
  *ret = NULL;
  if (azml__snapshot_mend (objects, &digest, digests, source, NULL, ret, NULL) < 0)
    return -1;
  return (int)(10 * json_array_size (json_object_get (*ret, "mended"))
               + json_array_size (json_object_get (*ret, "lost")));
}

static void
test_before_sending (void)
{
  AZML_AUTO (json_t) report = take ("src", NULL, NULL);
  AZML_AUTO (json_t) found = NULL;
  azml__digest digest = digest_of ("src/small-3");
  ok (mend_all (report, "src", &found) == 0, "all is whole");
  ok (damage ("src/small-91", 1) == 1 && damage ("src/alone/a", 1) >= 0
          && damage ("src/large", 1) == 0
          && azml__objects_remove (objects, &digest, NULL) == 0,
      "three are damaged, one is lacking");
  ok (write_text ("src/alone/a", "two files had this!"),
      "one of the two files was changed meanwhile");
  ok (mend_all (report, "src", &found) == 40 && lists (found, "mended", "alone/b"),
      "all are made again, from the other file, too");
  ok (mend_all (report, "src", &found) == 0, "for good");
  ok (damage ("src/alone/b", 1) >= 0 && write_text ("src/alone/b", "neither"),
      "no file has it any more");
  ok (mend_all (report, "src", &found) == 2 && lists (found, "lost", "alone/a")
          && lists (found, "lost", "alone/b"),
      "both are lost");
}

int
main (void)
{
  char *folder = scratch_enter ("mend");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  make_source ();
  test_alone ();
  test_trees ();
  test_mark ();
  test_before_sending ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

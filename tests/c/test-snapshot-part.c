/* test-snapshot-part.c: objects that come in part, and go on later.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "core/json.h"
#include "scratch.h"
#include "snapshot/objects.h"
#include "tap.h"

#define MIB ((size_t)1 << 20)
#define SIZE (40 * MIB)

static azml__objects *objects;
static char *content; /* SIZE bytes */
static azml__digest digest;

static azml__object_writer *
begin (size_t offset)
{
  azml__object_writer *writer = NULL;
  (void)!azml__object_writer_part (objects, &digest, SIZE, offset, &writer, NULL);
  return writer;
}

/* Add the content FROM .. TO to WRITER in pieces of a size that fits nothing.  */
static int
add (azml__object_writer *writer, size_t from, size_t to)
{
  int rc = writer ? 0 : -1;
  for (size_t n; rc == 0 && from < to; from += n)
    {
      n = to - from < 99991 ? to - from : 99991;
      rc = azml__object_writer_add (writer, content + from, n, NULL);
    }
  return rc;
}

/* How much of the content is there in part; -1: there is no part.  */
static long
part (void)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  AZML_AUTO (json_t) parts = NULL;
  if (azml__objects_parts (objects, &parts, NULL) < 0)
    return -2;
  return (long)azml__json_integer (parts, azml__digest_hex (&digest, hex), -1);
}

static int
files (const char *pattern)
{
  char line[200];
  int n = -1;
  snprintf (line, sizeof line, "find objects -type f -name '%s' | wc -l", pattern);
  FILE *out = popen (line, "r");
  if (out && fscanf (out, "%d", &n) != 1)
    n = -1;
  if (out)
    pclose (out);
  return n;
}

static int
is_whole (void)
{
  azml__digest found;
  uint64_t size = 0;
  struct stat st;
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  return azml__objects_read (objects, &digest, &object, NULL) == 0
         && azml__sha256_file (object.fd, &found, &size, NULL) == 0 && size == SIZE
         && memcmp (&found, &digest, sizeof found) == 0
         && fstat (object.fd, &st) == 0 && (st.st_mode & 07777) == 0400;
}

static void
test_go_on (void)
{
  azml__object_writer *writer = begin (0);
  ok (add (writer, 0, 20 * MIB + 5) == 0, "half of a content comes");
  azml__object_writer_free (writer);
  ok (part () == 20 * (long)MIB + 5, "all of that stays");
  ok (!azml__objects_has (objects, &digest), "but is no object");
  ok (!begin (21 * MIB), "nobody goes on behind it");
  ok (part () == 20 * (long)MIB + 5, "and it stays all the same");
  writer = begin (20 * MIB);
  ok (add (writer, 20 * MIB, SIZE) == 0
          && azml__object_writer_end (writer, &digest, NULL, NULL) == 0,
      "the other half completes it");
  ok (is_whole () && files (".part-*") == 0, "and nothing else is left");
  azml__objects_remove (objects, &digest, NULL);
}

/* A process that does not know yet that its client is gone.  */
static void
test_two (void)
{
  azml__object_writer *old = begin (0);
  ok (add (old, 0, 20 * MIB) == 0 && part () >= 16 * (long)MIB,
      "how far it is, is noted while it comes");
  size_t known = (size_t)part ();
  azml__object_writer *new = begin (known);
  ok (add (new, known, 30 * MIB) == 0 && add (old, 20 * MIB, 25 * MIB) == 0
          && add (new, 30 * MIB, SIZE) == 0
          && azml__object_writer_end (new, &digest, NULL, NULL) == 0,
      "another goes on while the first still writes");
  ok (is_whole (), "and completes it");
  ok (add (old, 25 * MIB, SIZE) == 0
          && azml__object_writer_end (old, &digest, NULL, NULL) == 0 && is_whole ()
          && files (".part-*") == 0,
      "the first may complete it, too");
  azml__objects_remove (objects, &digest, NULL);
}

static void
test_bad (void)
{
  azml__object_writer *writer = begin (0);
  (void)!add (writer, 0, 20 * MIB);
  azml__object_writer_free (writer);
  ok (system ("printf X | dd of=$(echo objects/.part-*.at) bs=1 seek=60 "
              "conv=notrunc 2>/dev/null")
              == 0
          && part () == -1,
      "a damaged note does not count");
  writer = begin (0);
  (void)!add (writer, 0, 20 * MIB);
  azml__object_writer_free (writer);
  writer = begin (20 * MIB);
  content[SIZE - 1] ^= 1;
  ok (add (writer, 20 * MIB, SIZE) == 0
          && azml__object_writer_end (writer, &digest, NULL, NULL)
                 == AZML_E_CORRUPT,
      "another content is refused at the end");
  content[SIZE - 1] ^= 1;
  ok (files ("*") == 0, "and nothing of it stays");
  writer = begin (0);
  (void)!add (writer, 0, 20 * MIB);
  azml__object_writer_drop (writer);
  azml__object_writer_free (writer);
  ok (files ("*") == 0, "nor of one that is not wanted any more");
  writer = begin (0);
  (void)!add (writer, 0, 20 * MIB);
  azml__object_writer_free (writer);
  uint64_t count = 0, bytes = 0;
  ok (azml__objects_sweep (objects, 0, 0, &count, &bytes, NULL) == 0 && count == 2
          && bytes >= 20 * MIB && files ("*") == 0,
      "what nobody comes back for is swept away");
}

int
main (void)
{
  char *folder = scratch_enter ("part");
  content = malloc (SIZE);
  ok (folder && content && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  for (size_t i = 0; i < SIZE; i++)
    content[i] = (char)(i * 2654435761U >> 13);
  azml__sha256_bytes (content, SIZE, &digest);
  test_go_on ();
  test_two ();
  test_bad ();
  free (content);
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

/* test-snapshot-manifest.c: objects and manifests, honest and hostile.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot-help.h"

/* Write an entry's start: type, length of the path, path.  */
static void
start_entry (azml__buffer *out, char type, const char *path)
{
  azml__buffer_add_char (out, type);
  azml__buffer_add_u32 (out, (uint32_t)strlen (path));
  azml__buffer_add_text (out, path);
}

static void
add_file (azml__buffer *out, const char *path)
{
  static const azml__digest nothing;
  start_entry (out, 'f', path);
  azml__buffer_add_u64 (out, 7);
  azml__buffer_add (out, nothing.bytes, sizeof nothing.bytes);
}

static void
start_manifest (azml__buffer *out, uint32_t count)
{
  azml__buffer_truncate (out, 0);
  azml__buffer_add_text (out, "azmlman1");
  azml__buffer_add_u32 (out, count);
}

static int
decode (const azml__buffer *text)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO (azml_error) err = NULL;
  int rc = azml__manifest_decode (text->data, text->length, &manifest, &err);
  return rc == azml_error_code (err) ? rc : 1;
}

/* Decode a manifest of files with these names.  */
static int
decode_files (const char *a, const char *b, const char *c)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  start_manifest (&text, 1 + !!b + !!c);
  add_file (&text, a);
  if (b)
    add_file (&text, b);
  if (c)
    add_file (&text, c);
  return decode (&text);
}

static void
test_names (void)
{
  static const char *const bad[] = {
    "..",  "../x", "/x", "a/../b", "a//b", "a/./b", ".",
    "a/.", "a/",   "/",  "a/..",   "./a",  "//",    "../../etc/passwd"
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    ok (decode_files (bad[i], NULL, NULL) == AZML_E_FORMAT, "'%s' is refused",
        bad[i]);
  ok (decode_files ("..a", "a/...", "\n\xff") == AZML_E_FORMAT,
      "order is by bytes");
  ok (decode_files ("\n\xff", "..a", "a/...") == 0, "odd names are fine");
  ok (decode_files ("a", "a", NULL) == AZML_E_FORMAT, "one name twice");
  ok (decode_files ("b", "a", NULL) == AZML_E_FORMAT, "out of order");
  ok (decode_files ("a", "a/b", NULL) == AZML_E_FORMAT, "a file below a file");
  ok (decode_files ("a", "a.b", "a/b") == AZML_E_FORMAT, "also not beside it");
  ok (decode_files ("a/b", "a/b.c", "a/b/c/d") == AZML_E_FORMAT,
      "nor further down");
  ok (decode_files ("a.b", "a/b", "a/b.c") == 0,
      "names that only begin alike are fine");
}

static void
test_forms (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  start_manifest (&text, 0);
  ok (decode (&text) == 0, "no files, a manifest all the same");
  azml__buffer_add_char (&text, 'x');
  ok (decode (&text) == AZML_E_FORMAT, "nothing may follow");
  start_manifest (&text, 0xffffffff);
  add_file (&text, "a");
  ok (decode (&text) == AZML_E_FORMAT, "four billion entries in 60 bytes");
  start_manifest (&text, 1);
  azml__buffer_add_char (&text, 'f');
  azml__buffer_add_u32 (&text, 0xffffffff);
  azml__buffer_add_text (&text, "a");
  ok (decode (&text) == AZML_E_TOO_LARGE, "a name of 4 GiB");
  start_manifest (&text, 1);
  azml__buffer_add_char (&text, 'd');
  azml__buffer_add_u32 (&text, 3);
  azml__buffer_add (&text, "a\0b", 3);
  ok (decode (&text) == AZML_E_FORMAT, "a NUL in a name");
  start_manifest (&text, 1);
  start_entry (&text, 'd', "");
  azml__buffer_add_text (&text, "padding");
  ok (decode (&text) == AZML_E_FORMAT, "an empty name");
  start_manifest (&text, 1);
  start_entry (&text, 'p', "pipe");
  ok (decode (&text) == AZML_E_FORMAT, "an unknown type");
  start_manifest (&text, 1);
  start_entry (&text, 'l', "link");
  azml__buffer_add_u32 (&text, 0);
  ok (decode (&text) == AZML_E_FORMAT, "a link to nothing");
  start_manifest (&text, 1);
  start_entry (&text, 'f', "large");
  azml__buffer_add_u64 (&text, UINT64_MAX);
  azml__buffer_add (&text, "01234567890123456789012345678901", 32);
  ok (decode (&text) == AZML_E_FORMAT, "a size that no file has");
  azml__buffer_truncate (&text, 0);
  azml__buffer_add_text (&text, "azmlman2....");
  ok (decode (&text) == AZML_E_FORMAT, "another format");
}

static void
add (azml__manifest *manifest, char type, const char *path, const char *target)
{
  azml__manifest_entry entry = { .type = type,
                                 .path = strdup (path),
                                 .target = target ? strdup (target) : NULL };
  if (type == 'f' || type == 'x')
    {
      entry.size = strlen (path);
      azml__sha256_bytes (path, entry.size, &entry.digest);
    }
  if (azml__manifest_add (manifest, &entry, NULL) < 0)
    abort ();
}

static void
make_manifest (azml__manifest *manifest)
{
  add (manifest, 'x', "run.sh", NULL);
  add (manifest, 'f', "a/b", NULL);
  add (manifest, 'd', "hollow", NULL);
  add (manifest, 'l', "link", "../outside");
  add (manifest, 'f', "a.b", NULL);
  add (manifest, 'f', "bytes\xff\n", NULL);
}

static void
test_both_ways (void)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO_MANIFEST again = AZML__MANIFEST_INIT;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER copy = AZML__BUFFER_INIT;
  make_manifest (&manifest);
  ok (azml__manifest_sort (&manifest, NULL) == 0
          && azml__manifest_encode (&manifest, &text, NULL) == 0
          && azml__manifest_decode (text.data, text.length, &again, NULL) == 0
          && azml__manifest_encode (&again, &copy, NULL) == 0
          && copy.length == text.length
          && memcmp (copy.data, text.data, text.length) == 0,
      "a manifest is what it was after both ways");
  is_string (again.entries[0].path, "a.b", "sorted by bytes");
  is_string (again.entries[4].target, "../outside", "a link keeps its target");
  int bad = 0, taken = 0;
  for (size_t n = 0; n < text.length; n++)
    {
      AZML_AUTO_BUFFER cut = AZML__BUFFER_INIT;
      azml__buffer_add (&cut, text.data, n);
      bad += decode (&cut) != AZML_E_FORMAT;
    }
  ok (bad == 0, "cut anywhere it is refused");
  for (size_t i = 0; i < text.length; i++)
    for (int bit = 0; bit < 8; bit++)
      {
        text.data[i] ^= (char)(1 << bit);
        int rc = decode (&text);
        taken += rc == 0;
        bad += rc > 0;
        text.data[i] ^= (char)(1 << bit);
      }
  ok (bad == 0 && taken > 0,
      "each bit may be wrong: it is refused or another manifest");
  add (&manifest, 'f', "a", NULL);
  ok (azml__manifest_sort (&manifest, NULL) == AZML_E_INVALID,
      "no file above a file");
}

static void
test_missing (void)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO (json_t) missing = NULL;
  AZML_AUTO (json_t) less = NULL;
  azml__digest digest;
  make_manifest (&manifest);
  add (&manifest, 'f', "same", NULL);
  manifest.entries[manifest.count - 1].digest = manifest.entries[1].digest;
  manifest.entries[manifest.count - 1].size = manifest.entries[1].size;
  ok (azml__manifest_missing (&manifest, objects, &missing, NULL) == 0
          && json_array_size (missing) == 4,
      "each content that is lacking is named once");
  azml__objects_add (objects, "a/b", 3, &digest, NULL);
  ok (azml__manifest_missing (&manifest, objects, &less, NULL) == 0
          && json_array_size (less) == 3,
      "what is there is not");
}

static void
test_load (void)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__digest digest;
  char name[AZML__OBJECT_NAME_SIZE];
  start_manifest (&text, 1);
  add_file (&text, "a");
  azml__objects_add (objects, text.data, text.length, &digest, NULL);
  ok (azml__manifest_load (objects, &digest, &manifest, NULL) == 0
          && manifest.count == 1,
      "a manifest is loaded");
  azml__manifest_done (&manifest);
  AZML_AUTO_FREE char *path =
      azml__path_join ("objects", azml__object_name (&digest, name));
  text.data[text.length - 1] ^= 1;
  chmod (path, 0600);
  write_bytes (path, text.data, text.length);
  ok (azml__manifest_load (objects, &digest, &manifest, NULL) == AZML_E_CORRUPT,
      "one that is damaged is not");
  ok (azml__manifest_load (objects, &digest, &manifest, NULL) == AZML_E_NOT_FOUND,
      "and is there no more");
}

static void
test_writer (void)
{
  AZML_AUTO (azml__object_writer) writer = NULL;
  azml__digest digest, other;
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  struct stat st;
  ok (azml__object_writer_new (objects, &writer, NULL) == 0
          && azml__object_writer_add (writer, "in two ", 7, NULL) == 0
          && azml__object_writer_add (writer, "parts", 5, NULL) == 0
          && azml__object_writer_end (azml_steal (&writer), NULL, &digest, NULL)
                 == 0,
      "an object in parts");
  azml__sha256_bytes ("in two parts", 12, &other);
  ok (memcmp (&digest, &other, sizeof digest) == 0
          && azml__objects_has_size (objects, &digest, 12)
          && azml__objects_read (objects, &digest, &object, NULL) == 0
          && fstat (object.fd, &st) == 0 && (st.st_mode & 07777) == 0400,
      "is there, for reading only");
  azml__sha256_bytes ("expected", 8, &other);
  ok (azml__object_writer_new (objects, &writer, NULL) == 0
          && azml__object_writer_add (writer, "got", 3, NULL) == 0
          && azml__object_writer_end (azml_steal (&writer), &other, NULL, NULL)
                 == AZML_E_CORRUPT
          && !azml__objects_has (objects, &other),
      "content that is not what it should be is refused");
  ok (azml__object_writer_new (objects, &writer, NULL) == 0
          && azml__object_writer_add (writer, "given up", 8, NULL) == 0,
      "an object is begun");
  azml__object_writer_free (azml_steal (&writer));
  ok (shell ("test -z \"$(find objects -name '.tmp-*')\"") == 0,
      "nothing stays of those");
}

/* An object that is large enough to be digested beside its writing, in pieces of all
   sizes.  */
static void
test_large (void)
{
  static const size_t pieces[] = {
    1 << 18, 7, 1 << 20, 40000, 1, 1 << 15, 3 << 20
  };
  enum
  {
    whole = 11 << 20
  };
  AZML_AUTO (azml__object_writer) writer = NULL;
  AZML_AUTO_FREE unsigned char *data = malloc (whole);
  azml__digest digest, other;
  int rc = data ? azml__object_writer_new (objects, &writer, NULL) : -1;
  for (size_t i = 0; data && i < whole; i++)
    data[i] = (unsigned char)(i * 2654435761u >> 13);
  for (size_t done = 0, i = 0; rc == 0 && done < whole; i++)
    {
      size_t n = pieces[i % (sizeof pieces / sizeof *pieces)];
      if (n > whole - done)
        n = whole - done;
      rc = azml__object_writer_add (writer, data + done, n, NULL);
      done += n;
    }
  if (rc == 0)
    rc = azml__object_writer_end (azml_steal (&writer), NULL, &digest, NULL);
  if (rc == 0)
    azml__sha256_bytes (data, whole, &other);
  ok (rc == 0 && memcmp (&digest, &other, sizeof digest) == 0
          && azml__objects_has_size (objects, &digest, whole),
      "a large object in pieces has its digest");
  rc = data ? azml__object_writer_new (objects, &writer, NULL) : -1;
  for (int i = 0; rc == 0 && i < 8; i++)
    rc = azml__object_writer_add (writer, data, 1 << 20, NULL);
  ok (rc == 0, "another is begun");
  azml__object_writer_free (azml_steal (&writer));
  ok (shell ("test -z \"$(find objects -name '.tmp-*')\"") == 0,
      "nothing stays of it when it is given up");
}

static void
test_sweep (void)
{
  uint64_t files = 9, bytes = 9;
  write_text ("objects/.tmp-old", "12345");
  write_text ("objects/.tmp-new", "123");
  make_old ("objects/.tmp-old", 7200);
  ok (azml__objects_sweep (objects, 3600, 1, &files, &bytes, NULL) == 0
          && files == 1 && bytes == 5 && access ("objects/.tmp-old", F_OK) == 0,
      "an old temporary file is seen");
  ok (azml__objects_sweep (objects, 3600, 0, &files, &bytes, NULL) == 0
          && files == 1 && access ("objects/.tmp-old", F_OK) < 0
          && access ("objects/.tmp-new", F_OK) == 0,
      "and removed; one in use is not");
  unlink ("objects/.tmp-new");
}

#define ADDERS 4

/* Add the same hundred objects as the others do.  */
static int
add_hundred (void)
{
  AZML_AUTO (azml__objects) own = NULL;
  char text[4096];
  azml__digest digest;
  if (azml__objects_open ("shared", &own, NULL) < 0)
    return 1;
  for (int i = 0; i < 100; i++)
    {
      memset (text, i, sizeof text);
      if (azml__objects_add (own, text, sizeof text, &digest, NULL) < 0)
        return 2;
    }
  return 0;
}

static int
count_object (const azml__digest *digest, uint64_t size, int64_t changed_ns,
              void *data, azml_error **err)
{
  char text[4096];
  azml__digest found;
  (void)changed_ns;
  (void)err;
  int *count = data;
  memset (text, 0, sizeof text);
  for (int i = 0; i < 100; i++)
    {
      memset (text, i, sizeof text);
      azml__sha256_bytes (text, sizeof text, &found);
      if (memcmp (&found, digest, sizeof found) == 0 && size == sizeof text)
        ++*count;
    }
  return 0;
}

static void
test_two_at_once (void)
{
  AZML_AUTO (azml__objects) shared = NULL;
  pid_t pids[ADDERS];
  int bad = 0, count = 0;
  fflush (stdout);
  for (int i = 0; i < ADDERS; i++)
    if ((pids[i] = fork ()) == 0)
      _exit (add_hundred ());
  for (int i = 0; i < ADDERS; i++)
    {
      int status = 1;
      bad += waitpid (pids[i], &status, 0) != pids[i] || status != 0;
    }
  ok (bad == 0, "four processes add the same objects at once");
  ok (azml__objects_open ("shared", &shared, NULL) == 0
          && azml__objects_each (shared, count_object, &count, NULL) == 0
          && count == 100,
      "and all are there");
  ok (shell ("test -z \"$(find shared -name '.tmp-*')\"") == 0, "and nothing else");
}

int
main (void)
{
  char *folder = scratch_enter ("manifest");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  test_names ();
  test_forms ();
  test_both_ways ();
  test_missing ();
  test_load ();
  test_writer ();
  test_large ();
  test_sweep ();
  test_two_at_once ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

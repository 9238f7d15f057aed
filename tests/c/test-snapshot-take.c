/* test-snapshot-take.c: what is read, when, and what happens when it cannot be.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "snapshot-help.h"

/* Take SOURCE with a cache of its own; return the report (new).  */
static json_t *
take_cached (const char *source)
{
  AZML_AUTO_FREE char *cache = azml__path_join ("cache", source);
  return take (source, cache, NULL);
}

static int
digested (const char *source)
{
  AZML_AUTO (json_t) report = take_cached (source);
  return report ? number (report, "digested") : -1;
}

/* The digest of SOURCE (new).  */
static char *
digest_of (const char *source)
{
  AZML_AUTO (json_t) report = take_cached (source);
  const char *hex = report ? azml__json_string (report, "digest") : NULL;
  return hex ? strdup (hex) : NULL;
}

/* Let the time stamps become older than the two seconds of the racy rule.  */
static void
settle (void)
{
  struct timespec time = { 2, 200000000 };
  nanosleep (&time, NULL);
}

static int
write_many (void)
{
  char name[64], text[2048];
  int bad = 0;
  memset (text, 'x', sizeof text);
  for (int i = 0; i < 10000; i++)
    {
      snprintf (name, sizeof name, "many/%02d/file-%d", i % 100, i);
      memcpy (text, name, strlen (name));
      bad += i < 100 ? !write_bytes (name, text, sizeof text) : 0;
      int fd = i < 100 ? -1 : open (name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
      bad += i >= 100 && azml__file_write (fd, text, sizeof text, NULL) < 0;
      if (fd >= 0)
        close (fd);
    }
  return !bad;
}

/* Make all trees that have to settle, and look at them for the first time.  */
static void
prepare (void)
{
  write_text ("src/a", "one");
  write_text ("src/b/c", "two");
  make_old ("src/a", 3600);
  (void)!symlink ("a", "src/l");
  ok (digested ("src") == 2, "at first each file is digested");
  ok (digested ("src") == 2, "and again while it could change unnoticed");
  write_text ("future/file", "x");
  make_old ("future/file", -86400);
  write_text ("kept/file", "will be lost");
  write_text ("bad/file", "content");
  ok (digested ("future") == 1 && digested ("kept") == 1 && digested ("bad") == 1,
      "other trees");
  ok (write_many () && digested ("many") == 10000, "10,000 files");
  settle ();
}

static void
test_cache (void)
{
  struct timespec stamps[2];
  struct stat st;
  ok (digested ("src") == 2, "and once more when it cannot");
  ok (digested ("src") == 0, "then never again");
  AZML_AUTO_FREE char *before = digest_of ("src");
  stat ("src/a", &st);
  write_text ("src/a", "ONE");
  stamps[0] = st.st_atim;
  stamps[1] = st.st_mtim;
  utimensat (AT_FDCWD, "src/a", stamps, 0);
  ok (digested ("src") == 1, "the same size and mtime do not hide a change");
  AZML_AUTO_FREE char *after = digest_of ("src");
  ok (before && after && strcmp (before, after) != 0,
      "which gives another snapshot");
  write_text ("src/new", "three");
  unlink ("src/b/c");
  AZML_AUTO (json_t) report = take_cached ("src");
  ok (number (report, "files") == 3 && number (report, "digested") == 2,
      "one file more, one less");
  AZML_AUTO (json_t) plain = take ("src", NULL, NULL);
  is_string (azml__json_string (plain, "digest"),
             azml__json_string (report, "digest"),
             "the cache changes nothing but the time");
}

static void
test_future (void)
{
  digested ("future");
  ok (digested ("future") == 1, "a time stamp of tomorrow is never trusted");
}

/* The path of the object of TEXT (new).  */
static char *
object_of (const void *text, size_t n)
{
  azml__digest digest;
  char name[AZML__OBJECT_NAME_SIZE];
  azml__sha256_bytes (text, n, &digest);
  return azml__path_join ("objects", azml__object_name (&digest, name));
}

/* Look at the store as the next command would.  */
static void
open_anew (void)
{
  azml__objects_free (azml_steal (&objects));
  (void)!azml__objects_open ("objects", &objects, NULL);
}

static void
test_lost_objects (void)
{
  azml__digest digest;
  open_anew ();
  digested ("kept");
  AZML_AUTO_FREE char *object = object_of ("will be lost", 12);
  ok (digested ("kept") == 0, "a file is known");
  ok (unlink (object) == 0, "its object is lost");
  ok (digested ("kept") == 1, "the file is read again");
  azml__sha256_bytes ("will be lost", 12, &digest);
  ok (azml__objects_has (objects, &digest), "and stored again");
  ok (chmod (object, 0600) == 0 && truncate (object, 1) == 0
          && digested ("kept") == 1,
      "an object that is too short is noticed");
  ok (azml__objects_has_size (objects, &digest, 12), "and replaced");
}

static void
test_bad_cache (void)
{
  AZML_AUTO_BUFFER cache = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *before = digest_of ("bad");
  ok (digested ("bad") == 0, "the cache is good");
  ok (azml__file_read (AT_FDCWD, "cache/bad", 1 << 20, &cache, NULL) == 0,
      "it can be read");
  cache.data[cache.length - 40] ^= 1;
  write_bytes ("cache/bad", cache.data, cache.length);
  ok (digested ("bad") == 1, "a damaged cache counts as none");
  AZML_AUTO_FREE char *after = digest_of ("bad");
  ok (before && after && strcmp (before, after) == 0, "and does no harm");
  for (size_t n = 0; n < cache.length; n += 7)
    {
      azml__snapshot_options options = { .cache = "cache/bad", .dry_run = 1 };
      AZML_AUTO (json_t) report = NULL;
      write_bytes ("cache/bad", cache.data, n);
      if (azml__snapshot_take ("bad", objects, &options, &report, NULL) < 0
          || number (report, "digested") != 1)
        {
          ok (0, "a cache of %zu bytes", n);
          return;
        }
    }
  ok (1, "a cache that is cut anywhere counts as none");
  ok (shell ("mv cache gone && : > cache") == 0 && digested ("bad") == 1,
      "no cache can be written: no matter");
  ok (shell ("rm cache && mv gone cache") == 0, "it is back");
}

static void
test_dry_run (void)
{
  azml__snapshot_options options = { .dry_run = 1, .cache = "dry/cache" };
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO (azml__objects) none = NULL;
  write_text ("look/big", "0123456789");
  write_text ("look/small", "0");
  write_text ("look/.azmlignore", "*.tmp\n");
  write_text ("look/x.tmp", "left out");
  ok (azml__objects_open ("dry/objects", &none, NULL) == 0
          && azml__snapshot_take ("look", none, &options, &report, NULL) == 0,
      "only looking");
  ok (number (report, "files") == 3 && number (report, "bytes") == 17
          && lists (report, "ignored", "x.tmp")
          && strcmp (azml__json_string (report, "ignore_file"), ".azmlignore") == 0,
      "tells what there is");
  ok (!json_object_get (report, "digest") && access ("dry", F_OK) < 0,
      "and leaves nothing behind");
}

static atomic_int writing, written;

/* Change a file all the time, without changing its size.  */
static void *
keep_writing (void *path)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  for (int i = 0; fd >= 0 && atomic_load (&writing); i++)
    {
      char c = (char)i;
      if (pwrite (fd, &c, 1, i % 4096) == 1)
        atomic_store (&written, 1);
      sched_yield ();
    }
  if (fd >= 0)
    close (fd);
  return NULL;
}

static void
test_changing (const char *path, const char *name)
{
  AZML_AUTO (azml_error) err = NULL;
  pthread_t thread;
  atomic_store (&writing, 1);
  atomic_store (&written, 0);
  ok (pthread_create (&thread, NULL, keep_writing, (void *)path) == 0,
      "somebody writes to %s", name);
  while (!atomic_load (&written))
    sched_yield ();
  AZML_AUTO (json_t) report = take ("busy", NULL, &err);
  ok (!report && azml_error_code (err) == AZML_E_CHANGED, "that is noticed");
  ok (azml_error_message (err) && strstr (azml_error_message (err), name),
      "and it is named");
  atomic_store (&writing, 0);
  pthread_join (thread, NULL);
  AZML_AUTO (json_t) after = take ("busy", NULL, NULL);
  ok (after != NULL, "afterwards all is well");
  ok (shell ("test -z \"$(find objects -name '.tmp-*')\"") == 0,
      "no temporary file is left");
}

/* Is the content of each object what its name says?  */
static int
check_object (const azml__digest *digest, uint64_t size, int64_t changed_ns,
              void *data, azml_error **err)
{
  AZML_AUTO_BUFFER content = AZML__BUFFER_INIT;
  azml__digest found;
  int *count = data;
  if (changed_ns <= 0
      || azml__objects_load (objects, digest, 1 << 30, &content, err) < 0)
    return -1;
  azml__sha256_bytes (content.data, content.length, &found);
  ++*count;
  return content.length == size && memcmp (&found, digest, sizeof found) == 0 ? 0
                                                                              : -1;
}

static void
test_all_objects (void)
{
  int count = 0;
  ok (azml__objects_each (objects, check_object, &count, NULL) == 0 && count > 10,
      "all objects are what their names say");
}

/* Let the object of FILE be what it was not, in its pack.  */
static void
damage (const char *file)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  char path[64];
  azml__digest digest;
  azml__file_read (AT_FDCWD, file, 4096, &text, NULL);
  azml__sha256_bytes (text.data, text.length, &digest);
  int rc = azml__objects_read (objects, &digest, &object, NULL);
  ok (rc == 0 && object.packed, "%s is in a pack", file);
  snprintf (path, sizeof path, "/proc/self/fd/%d", object.fd);
  AZML_AUTO_CLOSE int fd = open (path, O_WRONLY | O_CLOEXEC);
  ok (pwrite (fd, "?", 1, (off_t)object.offset + 7) == 1, "and damaged there");
}

static void
test_many (void)
{
  AZML_AUTO (json_t) report = take_cached ("many");
  ok (number (report, "files") == 10000 && number (report, "bytes") == 10000 * 2048,
      "10,000 files are taken");
  ok (digested ("many") == 0, "and then known");
  ok (materialise (report, "many-too", NULL) == 0
          && shell ("diff -r many many-too") == 0,
      "and come back");
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, "many/42/file-42", 4096, &text, NULL);
  azml__digest digest;
  azml__sha256_bytes (text.data, text.length, &digest);
  open_anew ();
  ok (azml__objects_remove (objects, &digest, NULL) == 0, "one of so many is lost");
  open_anew ();
  ok (!azml__objects_has (objects, &digest) && digested ("many") == 1
          && azml__objects_has (objects, &digest),
      "which is noticed");
  open_anew ();
  damage ("many/09/file-9");
  ok (materialise (report, "damaged", NULL) == AZML_E_CORRUPT,
      "one that is damaged is noticed when it is needed");
  open_anew ();
  ok (digested ("many") == 1, "and then stored again");
  ok (materialise (report, "repaired", NULL) == 0
          && shell ("diff -r many repaired") == 0,
      "as it was");
  write_text ("many/07/file-7", "changed");
  ok (digested ("many") == 1, "of which one may change");
}

/* With the permissions of an ordinary user.  */
static int
unreadable (void)
{
  AZML_AUTO (azml_error) err = NULL;
  if (!become_ordinary () || azml__objects_open ("own/objects", &objects, NULL) < 0
      || !write_text ("own/src/secret", "x") || !write_text ("own/src/box/in", "x"))
    return 1;
  chmod ("own/src/secret", 0);
  AZML_AUTO (json_t) report = take ("own/src", NULL, &err);
  if (azml_error_code (err) != AZML_E_DENIED
      || !strstr (azml_error_message (err), "'secret'"))
    return 2;
  chmod ("own/src/secret", 0600);
  chmod ("own/src/box", 0);
  azml_error_free (azml_steal (&err));
  report = take ("own/src", NULL, &err);
  chmod ("own/src/box", 0700);
  if (azml_error_code (err) != AZML_E_DENIED
      || !strstr (azml_error_message (err), "box"))
    return 3;
  write_text ("own/src/.azmlignore", "box/\n");
  chmod ("own/src/box", 0);
  report = take ("own/src", NULL, NULL);
  chmod ("own/src/box", 0700);
  if (!report || number (report, "ignored_count") != 1)
    return 4;
  chmod ("own/objects", 0500);
  write_text ("own/src/more", "to be stored");
  azml_error_free (azml_steal (&err));
  json_decref (azml_steal (&report));
  report = take ("own/src", NULL, &err);
  chmod ("own/objects", 0700);
  return azml_error_code (err) == AZML_E_DENIED ? 0 : 5;
}

/* A disk with little room: files may not grow over 64 KiB.  */
static int
small_files_only (void)
{
  struct rlimit limit = { 64 << 10, 64 << 10 };
  AZML_AUTO (azml_error) err = NULL;
  signal (SIGXFSZ, SIG_IGN);
  if (setrlimit (RLIMIT_FSIZE, &limit) < 0)
    return 1;
  AZML_AUTO (json_t) report = take ("large", NULL, &err);
  if (report || azml_error_code (err) != AZML_E_NO_SPACE)
    return 2;
  return shell ("test -z \"$(find objects -name '.tmp-*')\"") == 0 ? 0 : 3;
}

/* A file system of 1 MiB; 77 where this machine does not let us make one.  */
static int
full_disk (void)
{
  AZML_AUTO (azml_error) err = NULL;
  if (mkdir ("full", 0777) < 0 || unshare (CLONE_NEWNS) < 0
      || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
      || mount ("tmpfs", "full", "tmpfs", 0, "size=1m") < 0)
    return 77;
  if (azml__objects_open ("full/objects", &objects, NULL) < 0)
    return 1;
  AZML_AUTO (json_t) report = take ("large", "full/cache", &err);
  if (report || azml_error_code (err) != AZML_E_NO_SPACE)
    return 2;
  if (shell ("test -z \"$(find full -name '*tmp*')\"") != 0)
    return 3;
  azml_error_free (azml_steal (&err));
  report = take ("small", "full/cache", &err);
  return report ? 0 : 4;
}

static void
test_full (void)
{
  AZML_AUTO_FREE char *large = calloc (1, 3 << 20);
  large[0] = 'x';
  write_bytes ("large/file", large, 3 << 20);
  write_text ("small/file", "fits");
  ok (in_child (small_files_only) == 0, "a file that cannot be stored whole");
  int code = in_child (full_disk);
  if (code == 77)
    printf ("# no file system of our own here: only the limit was tested\n");
  else
    ok (code == 0, "a full disk leaves no temporary file, and room for the next");
}

int
main (void)
{
  char *folder = scratch_enter ("take");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  prepare ();
  test_cache ();
  test_future ();
  test_lost_objects ();
  test_bad_cache ();
  test_dry_run ();
  AZML_AUTO_FREE char *large = calloc (1, 32 << 20);
  write_bytes ("busy/large", large, 32 << 20);
  test_changing ("busy/large", "'large'");
  test_all_objects ();
  test_many ();
  ok (chmod (".", 0755) == 0 && mkdir ("own", 0777) == 0 && chmod ("own", 0777) == 0
          && in_child (unreadable) == 0,
      "what cannot be read or written is named");
  test_full ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

/* test-snapshot-packs-shared.c: packs of which others have the files, too; and a file system
   that says late what it could not do.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include "packs-help.h"
#include "snapshot/shelves.h"

static int full; /* closing a pack says so */
static int deaf; /* packs cannot be read */

/* Is FD that of a pack?  */
static int
is_pack (int fd)
{
  char name[32], path[512];
  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t n = readlink (name, path, sizeof path - 1);
  path[n < 0 ? 0 : n] = '\0';
  return n > 5 && strcmp (path + n - 5, ".pack") == 0;
}

/* In the place of those of the C library.  */
int
close (int fd)
{
  int fails = full && is_pack (fd);
  int rc = (int)syscall (SYS_close, fd);
  if (!fails)
    return rc;
  errno = ENOSPC;
  return -1;
}

static ssize_t
read_at (int fd, void *data, size_t n, off_t at)
{
  if (!deaf || !is_pack (fd) || at < deaf)
    return (ssize_t)syscall (SYS_pread64, fd, data, n, at);
  errno = EIO;
  return -1;
}

ssize_t
pread (int fd, void *data, size_t n, off_t at)
{
  return read_at (fd, data, n, at);
}

ssize_t
pread64 (int fd, void *data, size_t n, off_t at)
{
  return read_at (fd, data, n, at);
}

/* Go on as the one who has OTHER, which is then who was there before.  */
static void
change_with (azml__objects **other)
{
  azml__objects *before = objects;
  objects = *other;
  *other = before;
}

static void
test_collected (void)
{
  AZML_AUTO (azml__objects) other = NULL;
  azml__digest digest;
  char text[SIZE];
  start ();
  add_some (0, 300);
  open_anew ();
  azml__objects_open ("objects", &other, NULL);
  ok (count (0, 300) == 300, "one knows what is there");
  change_with (&other);
  ok (discard (0, 250) == 0 && azml__objects_tidy (objects, NULL) == 0,
      "another collects");
  change_with (&other);
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  content (280, text, &digest);
  ok (azml__objects_read (objects, &digest, &object, NULL) == 0, "one is open");
  azml__objects_refresh (objects);
  ok (count (0, 250) == 0 && count (250, 300) == 50,
      "what was collected is not there for the first either");
  ok (pread (object.fd, text, SIZE, (off_t)object.offset) == SIZE
          && strcmp (text, "280") == 0,
      "who reads goes on");
  azml__object_close (&object);
  ok (add_some (0, 300) == 0, "it is added again");
  open_anew ();
  ok (count (0, 300) == 300, "and stays");
}

static void
test_gone_together (void)
{
  AZML_AUTO (azml__objects) other = NULL;
  start ();
  add_some (0, 300);
  open_anew ();
  azml__objects_open ("objects", &other, NULL);
  ok (count (0, 1) == 1, "two have seen");
  change_with (&other);
  ok (count (0, 1) == 1 && discard (10, 20) == 0, "one removes something");
  change_with (&other);
  azml__objects_refresh (objects);
  ok (count (10, 20) == 0 && count (0, 10) == 10, "which the other sees");
  change_with (&other);
  ok (discard (40, 50) == 0, "one removes more");
  change_with (&other);
  ok (discard (20, 30) == 0, "and so does the other");
  open_anew ();
  ok (count (0, 300) == 270, "all of that is gone: %d", count (0, 300));
}

/* A power cut may leave the word that something is gone, and not the thing.  */
static void
test_gone_behind (void)
{
  start ();
  add_some (0, 100);
  open_anew ();
  ok (discard (98, 99) == 0, "something is removed");
  azml__objects_free (azml_steal (&objects));
  ok (shell ("truncate -s -5000 objects/pack/*.pack") == 0, "and cut off");
  open_anew ();
  ok (add_some (90, 120) == 0, "more is added");
  open_anew ();
  ok (count (90, 120) == 30, "which is not taken for what was removed: %d",
      count (90, 120));
}

static void
test_unreadable (void)
{
  start ();
  add_some (0, 200);
  open_anew ();
  ok (shell ("rm objects/pack/*.index") == 0, "an index is lost");
  deaf = 100000;
  ok (add_some (300, 320) == 0 && files ("*.pack") == 2,
      "who cannot read a pack does not add to it");
  deaf = 0;
  open_anew ();
  ok (count (0, 200) == 200 && count (300, 320) == 20, "and cuts off nothing: %d",
      count (0, 200));
}

static void
test_full (void)
{
  AZML_AUTO (azml_error) err = NULL;
  start ();
  ok (add_some (0, 100) == 0 && azml__objects_rest (objects, NULL) == 0,
      "something is added");
  ok (add_some (100, 200) == 0, "and more");
  full = 1;
  ok (azml__objects_rest (objects, &err) == AZML_E_NO_SPACE,
      "that it is not there is said in the end");
  full = 0;
  ok (count (100, 200) == 0, "nothing of it counts");
  open_anew ();
  ok (count (0, 100) == 100 && count (100, 200) == 0, "what was there does");
  ok (add_some (100, 200) == 0 && files ("*.pack") == 1 && count (0, 200) == 200,
      "it is added again");
  open_anew ();
  ok (discard (0, 150) == 0, "most is removed");
  full = 1;
  ok (azml__objects_tidy (objects, NULL) < 0, "no room to make the pack anew");
  full = 0;
  open_anew ();
  ok (count (150, 200) == 50, "so it stays: %d", count (150, 200));
  write_text ("source/file", "content");
  full = 1;
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO (azml_error) refused = NULL;
  azml__objects_expect (objects, MANY);
  report = take ("source", "cache", &refused);
  full = 0;
  ok (!report && azml_error_code (refused) == AZML_E_NO_SPACE,
      "a snapshot that is not there is none");
}

/* A child that was forked while something was added has the lock, too.  */
static void
test_forked (void)
{
  AZML_AUTO (azml__objects) other = NULL;
  start ();
  add_some (0, 100);
  fflush (stdout);
  pid_t pid = fork ();
  if (pid == 0)
    {
      pause ();
      _exit (0);
    }
  ok (azml__objects_rest (objects, NULL) == 0, "who forked rests");
  azml__objects_open ("objects", &other, NULL);
  change_with (&other);
  ok (add_some (100, 200) == 0 && files ("*.pack") == 1,
      "others may add although its child lives");
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

static void
test_left (void)
{
  uint64_t n = 0, bytes = 0;
  start ();
  add_some (0, 200);
  open_anew ();
  ok (discard (0, 190) == 0, "most is removed, but who does is killed");
  open_anew ();
  ok (azml__objects_tidy (objects, NULL) == 0
          && shell ("test $(cat objects/pack/*.pack | wc -c) -lt 50000") == 0
          && count (190, 200) == 10,
      "the next gives its room back");
  ok (discard (190, 191) == 0
          && shell ("cd objects/pack; : >aaaaaaaaaaaa.gone; : >bbbbbbbbbbbb.index;"
                    " : >cccccccccccc.gone.aaaaaaaaaaaa.tmp; : >else")
                 == 0,
      "something is left of others");
  ok (azml__objects_sweep (objects, 3600, 0, &n, &bytes, NULL) == 0 && n == 0,
      "which may be at work");
  ok (azml__objects_sweep (objects, 0, 0, &n, &bytes, NULL) == 0 && n == 3
          && files ("*") == 4,
      "when it is old it is swept: %d", (int)n);
  open_anew ();
  ok (count (190, 200) == 9, "nothing else is");
}

/* What was in the store is not in one that is there no more.  */
static void
test_no_shelves (void)
{
  azml__shelves a = { .boot = "boot" }, b = { .boot = "boot" };
  azml__digest digest = { { 7 } };
  ok (!azml__shelves_same (&a, &b, &digest), "no folder: nothing is there");
  a.shelf[7].inode = b.shelf[7].inode = 1;
  a.shelf[7].ctime_ns = b.shelf[7].ctime_ns = 1;
  ok (azml__shelves_same (&a, &b, &digest), "a folder, and no packs");
  a.shelf[AZML__SHELVES - 1].inode = 2;
  ok (!azml__shelves_same (&a, &b, &digest), "the packs are there no more");
  start ();
  add_some (0, 100);
  ok (azml__objects_is_current (objects), "a store");
  ok (shell ("mv objects/pack before && mkdir objects/pack") == 0
          && !azml__objects_is_current (objects),
      "of which the packs are others");
  ok (shell ("rmdir objects/pack && mv before objects/pack") == 0
          && azml__objects_is_current (objects) && shell ("mv objects before") == 0
          && !azml__objects_is_current (objects) && shell ("rm -r before") == 0,
      "or all of it");
}

/* A head that was damaged tells another size.  */
static void
test_other_size (void)
{
  azml__materialise_report made = { 0 };
  start ();
  ok (shell ("rm -rf source && mkdir source") == 0, "a source");
  write_text ("source/file", "content of eighteen");
  azml__objects_expect (objects, MANY);
  AZML_AUTO (json_t) report = take ("source", NULL, NULL);
  azml__objects_free (azml_steal (&objects));
  ok (report
          && shell ("f=$(ls objects/pack/*.pack); rm objects/pack/*.index; printf "
                    "'\\005' | dd of=$f bs=1 seek=47 conv=notrunc status=none")
                 == 0,
      "the size of a content is damaged");
  open_anew ();
  azml__objects_expect (objects, MANY);
  AZML_AUTO (json_t) again = take ("source", NULL, NULL);
  (void)!materialise (again, "made-1", &made);
  AZML_AUTO (json_t) third = take ("source", NULL, NULL);
  ok (materialise (third, "made-2", &made) == 0
          && shell ("cmp source/file made-2/file") == 0,
      "it is stored again");
}

int
main (void)
{
  char *folder = scratch_enter ("packs-shared");
  ok (folder != NULL, "a folder");
  test_collected ();
  test_gone_together ();
  test_gone_behind ();
  test_unreadable ();
  test_full ();
  test_forked ();
  test_left ();
  test_no_shelves ();
  test_other_size ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

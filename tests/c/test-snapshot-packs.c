/* test-snapshot-packs.c: many small contents in one file, whatever happens to it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "packs-help.h"

static void
test_few_and_many (void)
{
  char text[SIZE], *large = calloc (1, AZML__PACKED_LIMIT);
  azml__digest digest;
  start ();
  for (int i = 0; i < 10; i++)
    {
      content (i, text, &digest);
      azml__objects_add (objects, text, SIZE, &digest, NULL);
    }
  ok (files ("*") == 10, "a few contents are a file each");
  start ();
  ok (add_some (0, MANY) == 0 && files ("*.pack") == 1 && files ("*") <= 2,
      "many are in one pack");
  ok (count (0, MANY) == MANY, "from where they come back");
  open_anew ();
  ok (count (0, MANY) == MANY && files ("*") == 2,
      "the next command finds them by the index");
  azml__objects_expect (objects, MANY);
  ok (azml__objects_add (objects, large, AZML__PACKED_LIMIT, &digest, NULL) == 0
          && azml__objects_add (objects, "", 0, &digest, NULL) == 0
          && files ("*") == 4 && azml__objects_has_size (objects, &digest, 0),
      "a large one and an empty one are files of their own");
  free (large);
  ok (add_some (0, MANY + 5) == 0 && files ("*.pack") == 1,
      "what is there is not added again, what is new goes into the same pack");
  azml__object a = AZML__OBJECT_INIT;
  content (MANY + 4, text, &digest);
  ok (azml__objects_read (objects, &digest, &a, NULL) == 0 && a.packed
          && a.size == SIZE,
      "and is found at once");
}

/* Do COMMAND to the store, and see what is left, and what adding makes of it.  */
static void
after (const char *command, int least, const char *what)
{
  start ();
  ok (add_some (0, 600) == 0, "some contents");
  azml__objects_free (azml_steal (&objects));
  ok (shell (command) == 0, "%s", what);
  open_anew ();
  int found = count (0, 600);
  ok (found >= least, "%d of 600 are there", found);
  open_anew ();
  ok (add_some (0, MANY) == 0 && count (0, MANY) == MANY,
      "the others are added again");
  open_anew ();
  ok (count (0, MANY) == MANY, "and stay");
}

static void
test_broken (void)
{
  after ("rm objects/pack/*.index", 600, "the index is lost");
  after ("truncate -s 1000 objects/pack/*.index", 600, "or cut short");
  after ("head -c 4000 /dev/zero >zeros; cat zeros >$(ls objects/pack/*.index)",
         600, "or nothing but zeros");
  after ("f=$(ls objects/pack/*.index); tail -c +41 $f >cut; cat cut >$f", 600,
         "or begins with the second record");
  after ("f=$(ls objects/pack/*.index); cat $f >>$f.2; cat $f.2 >>$f; rm $f.2", 600,
         "or goes on with what is not there");
  after ("truncate -s -700 objects/pack/*.pack", 599,
         "the last record is cut short, as by a kill");
  after ("truncate -s -2060 objects/pack/*.pack", 599, "within its head");
  after ("head -c 5000 /dev/urandom >>$(ls objects/pack/*.pack)", 600,
         "there is nonsense behind the last one");
  after ("head -c 5000 /dev/zero >>$(ls objects/pack/*.pack)", 600, "or zeros");
  after ("f=$(ls objects/pack/*.pack); printf azmlpak9 |"
         " dd of=$f conv=notrunc status=none",
         0, "it is of another version");
  after ("rm -r objects/pack && ln -s /etc objects/pack && rm objects/pack", 0,
         "the packs are gone");
  after ("d=objects/pack; mkfifo $d/aaaaaaaaaaaa.pack; mkdir $d/bbbbbbbbbbbb.pack;"
         " : >$d/cccccccccccc.pack; ln -s /dev/zero $d/dddddddddddd.pack",
         600, "others only look like packs");
}

static void
test_at_the_same_time (void)
{
  AZML_AUTO (azml__objects) other = NULL;
  char text[SIZE];
  azml__digest digest;
  AZML_AUTO_OBJECT object = AZML__OBJECT_INIT;
  start ();
  azml__objects_open ("objects", &other, NULL);
  ok (add_some (0, 300) == 0, "one adds");
  azml__objects *first = objects;
  objects = other;
  ok (count (0, 300) == 300, "another finds what is there already");
  objects = first;
  ok (add_some (300, 310) == 0, "it goes on");
  objects = other;
  ok (count (300, 310) == 10, "what came later is found when it is asked for");
  ok (add_some (400, 500) == 0 && files ("*.pack") == 2,
      "the other does not add to the same pack");
  content (0, text, &digest);
  ok (azml__objects_read (other, &digest, &object, NULL) == 0, "one is open");
  objects = first;
  azml__objects_free (azml_steal (&objects));
  open_anew ();
  ok (discard (0, 310) == 0 && azml__objects_tidy (objects, NULL) == 0
          && files ("*.pack") == 1,
      "a pack of which nothing is needed is removed");
  ok (azml__objects_rest (other, NULL) == 0, "the other rests");
  ok (pread (object.fd, text, SIZE, (off_t)object.offset) == SIZE && text[0] == '0',
      "who reads in it goes on");
  azml__object_close (&object);
}

static void
test_gone (void)
{
  start ();
  add_some (0, MANY);
  open_anew ();
  ok (discard (10, 20) == 0 && count (0, MANY) == MANY - 10, "some are removed");
  open_anew ();
  ok (count (0, MANY) == MANY - 10 && files ("*.gone") == 1, "and stay so");
  ok (azml__objects_tidy (objects, NULL) == 0 && files ("*.pack") == 1
          && count (0, MANY) == MANY - 10,
      "their room is not worth a new pack");
  ok (add_some (10, 12) == 0 && count (10, 20) == 2, "they may come again");
  open_anew ();
  ok (count (0, MANY) == MANY - 8, "and are there");
  AZML_AUTO (azml__objects) reader = NULL;
  azml__objects_open ("objects", &reader, NULL);
  azml__objects *tidier = objects;
  objects = reader;
  ok (count (900, 901) == 1, "somebody reads");
  objects = tidier;
  ok (discard (100, MANY - 50) == 0 && azml__objects_tidy (objects, NULL) == 0
          && files ("*.pack") == 1 && files ("*.gone") == 0,
      "a pack of which little is needed is made anew");
  ok (count (0, MANY) == 142, "with that");
  objects = reader;
  ok (count (MANY - 50, MANY) == 50, "who looked before finds it, too");
  objects = tidier;
  open_anew ();
  ok (count (0, MANY) == 142
          && shell ("test $(cat objects/pack/*.pack | wc -c) -lt "
                    "400000")
                 == 0,
      "and it takes no more room than that");
}

/* A pack to which somebody adds is not taken away.  */
static void
test_locked (void)
{
  AZML_AUTO (azml__objects) writer = NULL;
  start ();
  add_some (0, 100);
  writer = azml_steal (&objects);
  azml__objects_open ("objects", &objects, NULL);
  ok (discard (0, 100) == 0 && azml__objects_tidy (objects, NULL) == 0
          && files ("*.pack") == 1 && count (0, 100) == 0,
      "one that is added to stays, with what is gone");
  azml__objects *tidier = objects;
  objects = writer;
  ok (add_some (100, 200) == 0, "who adds goes on");
  objects = tidier;
  azml__objects_free (azml_steal (&writer));
  open_anew ();
  ok (count (0, 200) == 100, "nothing of that is lost");
}

/* What is added after somebody looked, and before he tidies, is not taken away either.  */
static void
test_late (void)
{
  AZML_AUTO (azml__objects) tidier = NULL;
  start ();
  add_some (0, 100);
  open_anew ();
  ok (discard (0, 100) == 0, "all is gone");
  tidier = azml_steal (&objects);
  open_anew ();
  ok (add_some (100, 150) == 0 && files ("*.pack") == 1,
      "something is added to the same pack");
  open_anew ();
  ok (azml__objects_tidy (tidier, NULL) == 0 && files ("*.gone") == 0,
      "who saw it before makes it anew");
  ok (count (0, 150) == 50, "with what was added");
}

/* Add until somebody ends it.  */
static int
add_for_ever (void)
{
  azml__objects_free (azml_steal (&objects));
  (void)!azml__objects_open ("objects", &objects, NULL);
  return add_some (0, 1000000);
}

static void
test_killed (void)
{
  int bad = 0, last = 0, kills = 0;
  start ();
  fflush (stdout);
  /* A busy machine may kill some before they have begun.  */
  for (int i = 0; kills < 20 || (last <= 100 && kills < 1000); i = ++kills % 20)
    {
      pid_t pid = fork ();
      if (pid == 0)
        _exit (add_for_ever ());
      usleep (10000 + (unsigned)i * 1700);
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
      open_anew ();
      int n = 0;
      while (count (n, n + 1))
        n++;
      bad += n < last;
      last = n;
    }
  ok (bad == 0 && last > 100, "%d are killed while they add: %d are there", kills,
      last);
  ok (count (0, last) == last && files ("*.pack") == 1,
      "each went on where the one before was killed");
}

/* Files may not grow over 40 records.  */
static int
small_files (void)
{
  const struct rlimit limit = { 150000, 150000 };
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  open_anew ();
  return add_some (0, 200) == 0 && count (0, 200) == 200 ? 0 : 1;
}

static void
test_limits (void)
{
  int status = 1;
  start ();
  fflush (stdout);
  pid_t pid = fork ();
  if (pid == 0)
    _exit (small_files ());
  waitpid (pid, &status, 0);
  ok (status == 0 && files ("*.pack") > 2, "packs are no larger than files may be");
  ok (count (0, 200) == 200, "and are one store");
}

/* What the table finds when there are several of one digest, and when it grows.  */
static void
test_table (void)
{
  azml__pack_table table = { 0 };
  azml__packed record = { .offset = 1, .size = 1 };
  int bad = 0;
  ok (!azml__pack_table_find (&table, &record.digest),
      "an empty table has nothing");
  for (uint32_t i = 0; i < 5000; i++)
    {
      /* All begin alike: they collide.  */
      memcpy (record.digest.bytes + 20, &i, sizeof i);
      record.offset = i;
      azml__pack_table_add (&table, &record);
      bad += azml__pack_table_find (&table, &record.digest) != NULL;
      if (i % 7 == 0)
        azml__pack_table_link (&table);
    }
  ok (bad == 0, "what is not linked is not found");
  ok (azml__pack_table_link (&table) == 0 && table.linked == 5000, "all is linked");
  for (uint32_t i = 0; i < 5000; i++)
    {
      memcpy (record.digest.bytes + 20, &i, sizeof i);
      azml__packed *found = azml__pack_table_find (&table, &record.digest);
      bad += !found || found->offset != i;
    }
  ok (bad == 0, "and found");
  azml__pack_table_find (&table, &record.digest)->gone = 1;
  ok (!azml__pack_table_find (&table, &record.digest), "until it is gone");
  azml__pack_table_done (&table);
}

int
main (void)
{
  char *folder = scratch_enter ("packs");
  ok (folder != NULL, "a folder");
  test_few_and_many ();
  test_broken ();
  test_at_the_same_time ();
  test_gone ();
  test_locked ();
  test_late ();
  test_killed ();
  test_limits ();
  test_table ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

/* test-places.c: runs that wait until there is a place for them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <sys/file.h>

#include "serve.h"

/* What a run does until it may go.  */
#define UNTIL_GO "while ! test -e ../../../go; do sleep .01; done"

/* Ask for the run ID of SCRIPT where PLACES may be at work, as request NUMBER, and to be
   told of its end, as request NUMBER + 1.  */
static void
ask (wire *w, uint32_t number, const char *id, int places, const char *script)
{
  char text[600];
  snprintf (text, sizeof text,
            "{\"op\":\"start\",\"id\":\"%s\",\"together\":true,\"places\":%d,"
            "\"run\":{\"version\":1},\"job\":{\"version\":1,\"id\":\"%s\","
            "\"argv\":[\"sh\",\"-c\",\"%s\"]}}",
            id, places, id, script);
  wire_request (w, number, text);
  snprintf (text, sizeof text,
            "{\"op\":\"follow\",\"id\":\"%s\",\"over\":true,\"files\":{}}", id);
  wire_request (w, number + 1, text);
}

/* Close W; the next has to wait again.  */
static void
leave (wire *w)
{
  wire_close (w);
  unlink ("root/go");
}

/* 1 if the folder NAME of the runs is there.  */
static int
there (const char *name)
{
  AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s", name);
  return access (path, F_OK) == 0;
}

static int
comes (const char *name)
{
  for (int i = 0; i < 12000 && !there (name); i++)
    pause_ms (5);
  return there (name);
}

/* The process that WORD (keeper, runner) is in `alive` of the folder NAME.  */
static pid_t
process_of (const char *name, const char *word)
{
  for (int i = 0; i < 12000; i++, pause_ms (5))
    {
      AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s/alive", name);
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      azml__file_read (AT_FDCWD, path, 4096, &text, NULL);
      const char *line = text.data ? strstr (text.data, word) : NULL;
      if (line)
        return atoi (line + strlen (word));
    }
  return 0;
}

/* kill, but of a process that was found: 0 is all of us.  */
static void
signal_to (pid_t pid, int number)
{
  ok (pid > 1 && kill (pid, number) == 0, "a process gets signal %d", number);
}

/* Let the clients' answers come in, and note by letters which request had its last one:
   a for 2, A for 3, b for 4 ...; lower-case for a start.  Stop at the one called LAST.  */
static const char *
answers (wire *w, char last)
{
  static char order[64];
  size_t n = 0;
  azml__frame frame;
  memset (order, 0, sizeof order);
  while (n < sizeof order - 1 && wire_next (w, &frame))
    {
      if (frame.kind != AZML__FRAME_REPLY && frame.kind != AZML__FRAME_FAIL)
        continue;
      order[n++] = (char)((frame.id % 2 ? 'A' : 'a') + frame.id / 2 - 1);
      if (order[n - 1] == last)
        break;
    }
  return order;
}

static void
test_order (void)
{
  wire w = greeted ();
  ask (&w, 2, "placeplace01", 1, UNTIL_GO);
  ask (&w, 4, "placeplace02", 1, "echo 2 >>../../../order");
  ask (&w, 6, "placeplace03", 1, "echo 3 >>../../../order");
  is_string (answers (&w, 'a'), "a", "the first has the place");
  ok (comes (".new-placeplace02") && comes (".new-placeplace03"),
      "the others are made ready");
  pid_t keeper = process_of (".new-placeplace03", "keeper ");
  ok (keeper > 1 && kill (keeper, 0) == 0, "by their keepers");
  pause_ms (100);
  ok (there ("placeplace01") && !there ("placeplace02") && !there ("placeplace03"),
      "and are no runs");
  AZML_AUTO_CLOSE int fd = open ("root/runs/.new-placeplace02", O_RDONLY);
  ok (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) < 0,
      "nobody takes them for remnants");
  write_text ("root/go", "");
  const char *order = answers (&w, 'C');
  ok (strchr (order, 'b') && strchr (order, 'c')
          && strchr (order, 'b') < strchr (order, 'c'),
      "one after the other they begin, and end: %s", order);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, "root/order", 100, &text, NULL);
  is_string (text.data ? text.data : "", "2\n3\n", "in the order of asking");
  ok (!there (".new-placeplace02") && !there (".new-placeplace03"),
      "under their names");
  leave (&w);
}

/* At most two of eight are at work at a time.  */
static void
test_number (void)
{
  wire w = greeted ();
  char id[16];
  int now = 0, most = 0;
  for (int i = 0; i < 8; i++)
    {
      snprintf (id, sizeof id, "numbernumb%02d", i);
      ask (&w, (uint32_t)(2 + 2 * i), id, 2,
           "echo b >>../../../number; sleep .03; echo e >>../../../number");
    }
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (int i = 0; i < 12000 && text.length < 32; i++, pause_ms (5))
    {
      azml__buffer_truncate (&text, 0);
      azml__file_read (AT_FDCWD, "root/number", 100, &text, NULL);
    }
  wire_close (&w);
  for (const char *p = text.data; p && *p; p++)
    {
      now += *p == 'b' ? 1 : *p == 'e' ? -1 : 0;
      most = now > most ? now : most;
    }
  ok (text.length == 32 && now == 0, "eight runs, of which two may be at work");
  ok (most == 2, "no more are at a time: %d", most);
}

static void
test_withdrawn (void)
{
  wire w = greeted ();
  ask (&w, 2, "withdrawn001", 1, UNTIL_GO);
  ask (&w, 4, "withdrawn002", 1, "touch ../../../wrong");
  ask (&w, 6, "withdrawn003", 1, "touch ../../../right");
  answers (&w, 'a');
  pid_t keeper = process_of (".new-withdrawn002", "keeper "),
        runner = process_of (".new-withdrawn002", "runner ");
  wire_request (&w, 100, "{\"op\":\"stop\",\"id\":\"withdrawn002\"}");
  is_string (wire_answer (&w, 4), "cancelled", "one that waits can be stopped");
  is_string (wire_answer (&w, 5), "not-found", "there is nothing to follow then");
  ok (!there (".new-withdrawn002") && !there ("withdrawn002"),
      "nothing of it stays");
  ok (keeper > 1 && runner > 1 && wait_gone (keeper) && wait_gone (runner),
      "nor of its processes");
  write_text ("root/go", "");
  answers (&w, 'C');
  ok (access ("root/right", F_OK) == 0 && access ("root/wrong", F_OK) < 0,
      "the next one has the place");
  leave (&w);
}

/* The client goes while one waits; its keeper is killed.  */
static void
test_left (void)
{
  wire w = greeted ();
  ask (&w, 2, "leftleftle01", 1, UNTIL_GO);
  ask (&w, 4, "leftleftle02", 1, "touch ../../../wrong");
  ask (&w, 6, "leftleftle03", 1, "touch ../../../wrong");
  answers (&w, 'a');
  pid_t killed = process_of (".new-leftleftle02", "keeper "),
        keeper = process_of (".new-leftleftle03", "keeper "),
        runner = process_of (".new-leftleftle03", "runner ");
  signal_to (killed, SIGKILL);
  is_string (wire_answer (&w, 4), "failed", "one whose keeper dies is no run");
  ok (!there (".new-leftleftle02") && !there ("leftleftle02"),
      "nothing of it stays");
  ok (wire_close (&w) == 0, "the client goes");
  ok (!there (".new-leftleftle03") && !there ("leftleftle03"),
      "what waited is gone, too");
  ok (keeper > 1 && runner > 1 && wait_gone (keeper) && wait_gone (runner),
      "and its processes");
  pid_t working = process_of ("leftleftle01", "keeper ");
  write_text ("root/go", "");
  ok (working > 1 && wait_gone (working) && there ("leftleftle01/status.json")
          && access ("root/wrong", F_OK) < 0,
      "the run that was at work goes on");
  unlink ("root/go");
}

/* 1 if the run ID was followed to its end, as request NUMBER + 1 of a call of `ask`.  */
static int
follows_to_end (wire *w, uint32_t number, const char *id)
{
  is_string (wire_answer (w, number + 1), "reply", "it is followed to its end");
  AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s/status.json", id);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, path, 65536, &text, NULL);
  return text.data && strstr (text.data, "\"state\":\"completed\"") != NULL;
}

/* `serve` alone is killed while a run is at work, and started again.  */
static void
test_served_again (void)
{
  wire w = greeted ();
  ask (&w, 2, "againagain01", 1, UNTIL_GO);
  is_string (wire_answer (&w, 2), "reply", "a run is at work");
  signal_to (read_pid ("wire.pid"), SIGKILL);
  wire_close (&w);
  w = greeted ();
  wire_request (&w, 3,
                "{\"op\":\"follow\",\"id\":\"againagain01\",\"over\":true,"
                "\"files\":{}}");
  ask (&w, 4, "againagain02", 1, "touch ../../../right2");
  ok (comes (".new-againagain02"), "of which a second `serve` knows");
  pause_ms (100);
  ok (!there ("againagain02"), "and gives its place to no other");
  write_text ("root/go", "");
  is_string (wire_answer (&w, 4), "reply", "until it is over");
  ok (follows_to_end (&w, 4, "againagain02"), "the next one ends, too");
  leave (&w);
}

/* `serve` dies between the name and the word to go.  */
static void
test_named (void)
{
  setenv ("AZML_TEST_FAULT", "named:self", 1);
  wire w = greeted ();
  unsetenv ("AZML_TEST_FAULT");
  ask (&w, 2, "namednamed01", 1, UNTIL_GO);
  ask (&w, 4, "namednamed02", 1, "touch ../../../named");
  is_string (answers (&w, 'a'), "a", "one has the place, another waits");
  write_text ("root/go", "");
  is_string (wire_answer (&w, 4), "", "`serve` dies when that has its name");
  wire_close (&w);
  w = greeted ();
  ask (&w, 4, "namednamed02", 1, "touch ../../../wrong");
  is_string (wire_answer (&w, 4), "reply", "the run is there");
  ok (follows_to_end (&w, 4, "namednamed02") && access ("root/named", F_OK) == 0
          && access ("root/wrong", F_OK) < 0,
      "and has begun, once");
  leave (&w);
}

/* The keeper of one that waits dies in the moment in which the place is free.  */
static void
test_dead_keeper (void)
{
  wire w = greeted ();
  pid_t serve = read_pid ("wire.pid");
  ask (&w, 2, "deadkeeper01", 1, UNTIL_GO);
  ask (&w, 4, "deadkeeper02", 1, "touch ../../../wrong");
  answers (&w, 'a');
  pid_t working = process_of ("deadkeeper01", "keeper "),
        waiting = process_of (".new-deadkeeper02", "keeper ");
  pause_ms (100); /* its report has been read */
  signal_to (serve, SIGSTOP);
  signal_to (waiting, SIGKILL);
  write_text ("root/go", "");
  ok (working > 1 && waiting > 1 && wait_gone (working) && wait_gone (waiting),
      "both are gone when `serve` looks");
  signal_to (serve, SIGCONT);
  is_string (wire_answer (&w, 4), "failed", "one that nobody keeps is no run");
  ok (!there ("deadkeeper02") && !there (".new-deadkeeper02"),
      "nothing of it stays");
  leave (&w);
}

/* A run of that name is there when the one that waits has its place.  */
static void
test_joined (void)
{
  wire w = greeted ();
  ask (&w, 2, "joinedjoin01", 1, "touch ../../../other");
  ok (follows_to_end (&w, 2, "joinedjoin01"), "a run");
  ask (&w, 4, "joinedjoin02", 1, UNTIL_GO);
  ask (&w, 6, "joinedjoin03", 1, "touch ../../../wrong");
  answers (&w, 'b');
  ok (comes (".new-joinedjoin03")
          && rename ("root/runs/joinedjoin01", "root/runs/joinedjoin03") == 0,
      "takes the name of one that waits");
  write_text ("root/go", "");
  is_string (wire_answer (&w, 6), "reply", "then that is the run");
  ok (follows_to_end (&w, 6, "joinedjoin03") && !there (".new-joinedjoin03")
          && access ("root/wrong", F_OK) < 0,
      "which is not done again");
  leave (&w);
}

/* What is at work for the client has nothing of the runs that wait, and may outlive
   `serve`.  */
static void
test_task (void)
{
  AZML_AUTO_FREE char *here = getcwd (NULL, 0);
  AZML_AUTO_FREE char *before = strdup (getenv ("PATH"));
  AZML_AUTO_FREE char *path = azml__path_format ("%s/bin:%s", here, before);
  mkdir ("bin", 0700);
  write_text ("bin/nvidia-smi",
              "#!/bin/sh\necho $$ >${0%/*}/pid\nexec sleep 100\n");
  chmod ("bin/nvidia-smi", 0700);
  setenv ("PATH", path, 1);
  wire w = greeted ();
  setenv ("PATH", before, 1);
  ask (&w, 2, "tasktasktas1", 1, UNTIL_GO);
  ask (&w, 4, "tasktasktas2", 1, "touch ../../../wrong");
  answers (&w, 'a');
  pid_t working = process_of ("tasktasktas1", "keeper "),
        keeper = process_of (".new-tasktasktas2", "keeper "),
        runner = process_of (".new-tasktasktas2", "runner ");
  AZML_AUTO_CLOSE int fd = open ("root/runs/.new-tasktasktas2", O_RDONLY);
  wire_request (&w, 6, "{\"op\":\"probe\",\"gpus\":true}");
  pid_t smi = read_pid ("bin/pid");
  ok (smi > 1, "something lasts");
  signal_to (read_pid ("wire.pid"), SIGKILL);
  ok (keeper > 1 && runner > 1 && wait_gone (keeper) && wait_gone (runner),
      "who waits for a place knows that `serve` has died");
  ok (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0, "and the directory is free");
  ok (smi > 1 && kill (smi, 0) == 0, "though that lasts on");
  signal_to (smi, SIGKILL);
  wire_close (&w);
  write_text ("root/go", "");
  ok (working > 1 && wait_gone (working), "the run that was at work ends");
  unlink ("root/go");
}

int
main (void)
{
  char *scratch = scratch_enter ("places");
  if (!scratch)
    return 1;
  test_order ();
  test_number ();
  test_withdrawn ();
  test_left ();
  test_served_again ();
  test_named ();
  test_dead_keeper ();
  test_joined ();
  test_task ();
  scratch_leave (scratch);
  return done_testing ();
}

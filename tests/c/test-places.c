/* test-places.c: runs that wait until there is a place for them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <sys/file.h>

#include "serve.h"

#define HELLO "{\"op\":\"hello\",\"version\":1}"

static wire
greeted (void)
{
  wire w = wire_open ();
  wire_request (&w, 1, HELLO);
  if (strcmp (wire_answer (&w, 1), "reply") != 0)
    printf ("Bail out! no hello\n");
  return w;
}

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
  for (int i = 0; i < 2000 && !there (name); i++)
    pause_ms (5);
  return there (name);
}

/* The process that WORD (keeper, runner) is in `alive` of the folder NAME.  */
static pid_t
process_of (const char *name, const char *word)
{
  for (int i = 0; i < 2000; i++, pause_ms (5))
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
  ask (&w, 2, "placeplace01", 1, "while ! test -e ../../../go; do sleep .01; done");
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
  wire_close (&w);
  unlink ("root/go");
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
  for (int i = 0; i < 2000 && text.length < 32; i++, pause_ms (5))
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
  ask (&w, 2, "withdrawn001", 1, "while ! test -e ../../../go; do sleep .01; done");
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
  wire_close (&w);
  unlink ("root/go");
}

/* The client goes while one waits; its keeper is killed.  */
static void
test_left (void)
{
  wire w = greeted ();
  ask (&w, 2, "leftleftle01", 1, "while ! test -e ../../../go; do sleep .01; done");
  ask (&w, 4, "leftleftle02", 1, "touch ../../../wrong");
  ask (&w, 6, "leftleftle03", 1, "touch ../../../wrong");
  answers (&w, 'a');
  pid_t killed = process_of (".new-leftleftle02", "keeper "),
        keeper = process_of (".new-leftleftle03", "keeper "),
        runner = process_of (".new-leftleftle03", "runner ");
  kill (killed, SIGKILL);
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
  scratch_leave (scratch);
  return done_testing ();
}

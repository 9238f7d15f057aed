/* test-serve.c: what azml-runner does with frames, also with those of no client of
   ours.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "digest/sha256.h"
#include "serve.h"

static void
test_requests (void)
{
  wire w = wire_open ();
  wire_request (&w, 1, "{\"op\":\"list\"}");
  is_string (wire_answer (&w, 1), "protocol", "nothing goes before hello");
  wire_request (&w, 2, "{\"op\":\"hello\",\"root\":7}");
  is_string (wire_answer (&w, 2), "invalid", "hello with a root that is no path");
  wire_request (&w, 3, HELLO);
  is_string (wire_answer (&w, 3), "reply", "hello");
  wire_request (&w, 4, HELLO);
  is_string (wire_answer (&w, 4), "protocol", "a second hello");
  wire_request (&w, 5, "{\"op\":\"no such thing\"}");
  is_string (wire_answer (&w, 5), "unsupported", "an unknown operation");
  wire_request (&w, 6, "{\"op\":");
  is_string (wire_answer (&w, 6), "format", "JSON cut short");
  wire_request (&w, 7, "[1]");
  is_string (wire_answer (&w, 7), "protocol", "a request that is no object");
  wire_request (&w, 8, "");
  is_string (wire_answer (&w, 8), "format", "an empty request");
  char deep[20000];
  memset (deep, '[', sizeof deep);
  wire_frame (&w, AZML__FRAME_REQUEST, 9, deep, sizeof deep);
  is_string (wire_answer (&w, 9), "format", "JSON nested 20,000 deep");
  wire_request (&w, 10, "{\"op\":\"follow\",\"id\":\"../../../../etc\"}");
  is_string (wire_answer (&w, 10), "invalid", "a run id that is a path");
  wire_request (&w, 11, "{\"op\":\"follow\",\"id\":\"aaaaaaaaaaaa\",\"files\":{}}");
  is_string (wire_answer (&w, 11), "not-found", "a run that is not there");
  wire_request (&w, 12,
                "{\"op\":\"stop\",\"id\":\"aaaaaaaaaaaa\",\"signal\":\"NO\"}");
  is_string (wire_answer (&w, 12), "invalid", "no signal of that name");
  wire_request (&w, 13, "{\"op\":\"start\",\"id\":\"aaaaaaaaaaaa\"}");
  is_string (wire_answer (&w, 13), "invalid", "start without a job");
  wire_request (&w, 14, "{\"op\":\"have\",\"manifest\":\"zz\"}");
  is_string (wire_answer (&w, 14), "invalid", "a digest that is none");
  wire_frame (&w, AZML__FRAME_DATA, 99, "x", 1);
  wire_frame (&w, AZML__FRAME_CLOSE, 99, NULL, 0);
  wire_frame (&w, AZML__FRAME_PONG, 0, NULL, 0);
  wire_frame (&w, AZML__FRAME_PING, 0, NULL, 0);
  azml__frame frame;
  ok (wire_next (&w, &frame) && frame.kind == AZML__FRAME_PONG,
      "data for a request that is over is nothing; a ping gets a pong");
  ok (wire_close (&w) == 0, "the end of input is the end");
}

/* The bytes that break a connection; the program says so and ends with 1.  */
static void
breaks (const void *bytes, size_t n, const char *name)
{
  wire w = greeted ();
  azml__frame frame;
  wire_bytes (&w, bytes, n);
  int more = wire_next (&w, &frame), code = wire_close (&w);
  ok (!more && code == 1, "%s ends the connection", name);
}

static void
test_broken_frames (void)
{
  static const char overlong[12] = { '\x7f', 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0 };
  static const char kind[12] = { 0, 0, 0, 0, 0, 0, 0, 9, 77, 0, 0, 0 };
  static const char zero[14] = { 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, '{', '}' };
  static const char reply[14] = { 0, 0, 0, 2, 0, 0, 0, 9, 4, 0, 0, 0, '{', '}' };
  char garbage[4096];
  for (size_t i = 0; i < sizeof garbage; i++)
    garbage[i] = (char)(i * 7919 >> 3 | 0x80);
  breaks (garbage, sizeof garbage, "garbage");
  breaks (overlong, sizeof overlong, "a frame of 2 GiB");
  breaks (kind, sizeof kind, "a frame of an unknown kind");
  breaks (zero, sizeof zero, "a request with the id 0");
  breaks (reply, sizeof reply, "a reply from the client");

  wire w = greeted ();
  AZML_AUTO (json_t) status = NULL;
  wire_bytes (&w, "\0\0\1\0\0\0\0\2", 8);
  ok (wire_close (&w) == 0, "input that ends within a frame is a client that went");

  w = greeted ();
  azml__frame frame;
  wire_request (&w, 2, "{\"op\":\"put\"}");
  wire_request (&w, 2, "{\"op\":\"put\"}");
  ok (!wire_next (&w, &frame) && wire_close (&w) == 1,
      "a second request with an id that is in use ends the connection");
}

static int
count_objects (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (system ("find root/objects -type f 2>/dev/null | wc -l > count") != 0
      || azml__file_read (AT_FDCWD, "count", 100, &text, NULL) < 0)
    return -1;
  return atoi (text.data);
}

static void
add_record (azml__buffer *out, const char *content, int wrong)
{
  azml__digest digest;
  azml__sha256_bytes (content, strlen (content), &digest);
  digest.bytes[0] ^= (uint8_t)wrong;
  azml__buffer_add (out, digest.bytes, sizeof digest.bytes);
  azml__buffer_add_u64 (out, strlen (content));
  azml__buffer_add_text (out, content);
}

static void
test_put (void)
{
  wire w = greeted ();
  AZML_AUTO_BUFFER records = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER bad = AZML__BUFFER_INIT;
  add_record (&records, "one", 0);
  add_record (&records, "", 0);
  add_record (&records, "three", 0);
  wire_request (&w, 2, "{\"op\":\"put\"}");
  for (size_t i = 0; i < records.length; i++)
    wire_frame (&w, AZML__FRAME_DATA, 2, records.data + i, 1);
  wire_frame (&w, AZML__FRAME_CLOSE, 2, NULL, 0);
  is_string (wire_answer (&w, 2), "reply", "records cut into bytes");
  ok (count_objects () == 3, "are stored");

  add_record (&bad, "four", 1);
  wire_request (&w, 3, "{\"op\":\"put\"}");
  wire_frame (&w, AZML__FRAME_DATA, 3, bad.data, bad.length);
  is_string (wire_answer (&w, 3), "corrupt", "a content with another digest");
  wire_frame (&w, AZML__FRAME_DATA, 3, bad.data, bad.length);
  wire_frame (&w, AZML__FRAME_CLOSE, 3, NULL, 0);

  wire_request (&w, 4, "{\"op\":\"put\"}");
  wire_frame (&w, AZML__FRAME_DATA, 4, bad.data, bad.length - 1);
  wire_frame (&w, AZML__FRAME_CLOSE, 4, NULL, 0);
  is_string (wire_answer (&w, 4), "format", "a content cut short");
  ok (count_objects () == 3, "nothing of either stays");

  /* Offsets.  */
  wire_request (
      &w, 7,
      "{\"op\":\"put\",\"offsets\":{"
      "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\":1"
      "}}");
  azml__buffer_truncate (&records, 0);
  add_record (&records, "", 0);
  wire_frame (&w, AZML__FRAME_DATA, 7, records.data, records.length);
  is_string (wire_answer (&w, 7), "format",
             "an offset behind the end of the content");
  wire_request (
      &w, 8,
      "{\"op\":\"put\",\"offsets\":{"
      "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\":5"
      "}}");
  memset (records.data + 32, '\1', 8);
  wire_frame (&w, AZML__FRAME_DATA, 8, records.data, records.length);
  is_string (wire_answer (&w, 8), "not-found", "one behind what is there");
  ok (count_objects () == 3, "nothing of that stays either");

  /* Endless content, and then the client goes.  */
  wire_request (&w, 5, "{\"op\":\"put\"}");
  memset (bad.data + 32, '\x7f', 8);
  wire_frame (&w, AZML__FRAME_DATA, 5, bad.data, bad.length);
  wire_request (&w, 6, "{\"op\":\"list\"}");
  is_string (wire_answer (&w, 6), "reply", "others do not wait for a put");
  ok (wire_close (&w) == 0 && count_objects () == 3,
      "a client that goes within a put leaves nothing");
}

static void
test_silence (void)
{
  setenv ("AZML_HEARTBEAT", "0.05", 1);
  wire w = wire_open ();
  azml__frame frame;
  int pings = 0;
  wire_request (&w, 1, HELLO);
  while (wire_next (&w, &frame))
    pings += frame.kind == AZML__FRAME_PING;
  ok (pings >= 3 && pings <= 4, "a silent client is pinged, and given up at last");
  ok (wire_close (&w) == 0, "which is no failure");

  /* So long that a busy machine is no silent client.  */
  setenv ("AZML_HEARTBEAT", "0.4", 1);
  w = wire_open ();
  wire_request (&w, 1, HELLO);
  for (pings = 0; pings < 7 && wire_next (&w, &frame);)
    if (frame.kind == AZML__FRAME_PING)
      {
        pings++;
        wire_frame (&w, AZML__FRAME_PONG, 0, NULL, 0);
      }
  ok (pings == 7, "one that answers is not");
  wire_close (&w);
  unsetenv ("AZML_HEARTBEAT");
}

/* A client that is busy reading says nothing either.  */
static void
test_slow_client (void)
{
  char data[65536];
  int ended = 0;
  size_t total = 0;
  write_text ("root/runs/slowslowslow/status.json", "{\"state\":\"completed\"}\n");
  write_text ("root/runs/slowslowslow/log", "");
  (void)!truncate ("root/runs/slowslowslow/log", 64 << 20);
  setenv ("AZML_HEARTBEAT", "0.4", 1);
  wire w = greeted ();
  unsetenv ("AZML_HEARTBEAT");
  wire_request (
      &w, 2, "{\"op\":\"follow\",\"id\":\"slowslowslow\",\"files\":{\"log\":0}}");
  for (int i = 0; i < 120 && !ended; i++, pause_ms (20))
    {
      size_t n = 0;
      (void)!azml__channel_read (w.channel, AZML__CHANNEL_STDOUT, data, sizeof data,
                                 &n, &ended, NULL);
      total += n;
    }
  ok (!ended && total > 1 << 20, "a client that reads slowly is not given up: %zu",
      total);
  wire_close (&w);
}

/* How often our children, of which there is one, have waited for something.  */
static long
waits_of_child (void)
{
  AZML_AUTO_BUFFER children = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *list =
      azml__path_format ("/proc/self/task/%d/children", (int)getpid ());
  azml__file_read (AT_FDCWD, list, 4096, &children, NULL);
  AZML_AUTO_FREE char *status = azml__path_format (
      "/proc/%ld/status", children.length ? atol (children.data) : 0);
  azml__file_read (AT_FDCWD, status, 65536, &text, NULL);
  const char *line = text.data ? strstr (text.data, "\nvoluntary_ctxt") : NULL;
  return line ? atol (strchr (line, ':') + 1) : -1;
}

/* What is written while nobody reads what there was is no reason to wake.  */
static void
test_no_reader (void)
{
  static const char log[] = "root/runs/slowslowslow/log";
  wire w = greeted ();
  AZML_AUTO_CLOSE int fd = open (log, O_WRONLY | O_APPEND | O_CLOEXEC);
  wire_request (
      &w, 2, "{\"op\":\"follow\",\"id\":\"slowslowslow\",\"files\":{\"log\":0}}");
  pause_ms (300);
  long before = waits_of_child ();
  for (int i = 0; i < 200; i++, pause_ms (1))
    (void)!write (fd, "x", 1);
  long after = waits_of_child ();
  ok (before > 0 && after - before < 20,
      "lines that nobody takes do not wake the runner: %ld", after - before);
  wire_close (&w);
}

/* A client that asks much and reads nothing must not fill the runner's memory.  */
static void
test_flood (void)
{
  wire w = greeted ();
  int code = -1, kinds = 0;
  azml__frame frame;
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  static const char request[] =
      "{\"op\":\"an operation with a long name, repeated\"}";
  for (uint32_t i = 0; i < 100000; i++)
    azml__frame_add (&out, AZML__FRAME_REQUEST, 0, 10 + i, request,
                     (uint32_t)strlen (request));
  size_t sent = 0;
  for (int stuck = 0; sent < out.length && stuck < 20;)
    {
      size_t n = 0;
      if (azml__channel_write (w.channel, out.data + sent, out.length - sent, &n,
                               NULL)
          < 0)
        break;
      sent += n;
      stuck = n ? 0 : stuck + 1;
      if (!n)
        pause_ms (10);
    }
  ok (sent < out.length,
      "requests whose answers nobody reads are not taken any more");
  while (kinds < 1000 && wire_next (&w, &frame))
    kinds += frame.kind == AZML__FRAME_FAIL;
  ok (kinds == 1000, "they are answered when somebody reads");
  code = wire_close (&w);
  ok (code == 0, "and the end is an end");
}

/* The answers for one of many short runs.  */
static void
test_short (void)
{
  static const char start[] =
      "{\"op\":\"start\",\"id\":\"latelatelat1\",\"together\":true,\"run\":{"
      "\"version\":1},\"job\":{\"version\":1,\"id\":\"latelatelat1\",\"argv\":["
      "\"sh\",\"-c\",\"while ! test -e ../../../go; do sleep .01; done\"]}}";
  char order[8] = "";
  azml__frame frame;
  wire w = greeted ();
  wire_request (&w, 2, start);
  is_string (wire_answer (&w, 2), "reply",
             "a start is answered while its run lasts");
  wire_request (&w, 3,
                "{\"op\":\"follow\",\"id\":\"latelatelat1\",\"over\":true,"
                "\"files\":{}}");
  write_text ("root/go", "");
  for (int i = 0; i < 20 && !strchr (order, 'r') && wire_next (&w, &frame); i++)
    {
      AZML_AUTO (json_t) json = NULL;
      if (frame.id == 3 && frame.kind == AZML__FRAME_REPLY)
        strcat (order, "r");
      else if (frame.id == 3 && azml__frame_json (&frame, &json, NULL) == 0
               && json_object_get (json, "over"))
        strcat (order, "o");
    }
  /* Where both were there at once, the end is enough.  */
  ok (strcmp (order, "or") == 0 || strcmp (order, "r") == 0,
      "its end is told, and before that that it is over: %s", order);
  wire_close (&w);
}

static int
is_stopped (pid_t pid)
{
  AZML_AUTO_FREE char *path = azml__path_format ("/proc/%d/stat", (int)pid);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, path, 4096, &text, NULL);
  return text.data && strstr (text.data, ") T ");
}

/* The runner that is in charge of run ID, and stops soon, goes on.  */
static void
go_on (const char *id)
{
  AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s/alive", id);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, path, 4096, &text, NULL);
  const char *line = text.data ? strstr (text.data, "runner ") : NULL;
  pid_t pid = line ? atoi (line + 7) : 0;
  for (int i = 0; pid > 1 && !is_stopped (pid) && i < 60000; i++)
    usleep (1000);
  if (pid > 1)
    kill (pid, SIGCONT);
}

/* Milliseconds until it is told that run ID, which W starts, is over; its end is not
   written before that.  -1: it was not told.  */
static int64_t
time_to_over (wire *w, uint32_t number, const char *id)
{
  char text[400];
  azml__frame frame;
  int over = 0;
  snprintf (text, sizeof text,
            "{\"op\":\"start\",\"id\":\"%s\",\"together\":true,\"run\":{"
            "\"version\":1},\"job\":{\"version\":1,\"id\":\"%s\",\"argv\":["
            "\"sleep\",\"0.2\"]}}",
            id, id);
  wire_request (w, number, text);
  if (strcmp (wire_answer (w, number), "reply") != 0)
    return -1;
  snprintf (text, sizeof text,
            "{\"op\":\"follow\",\"id\":\"%s\",\"over\":true,\"files\":{}}", id);
  wire_request (w, number + 1, text);
  int64_t start = azml__clock_boot_ms (), end = 0;
  while (wire_next (w, &frame)
         && !(frame.id == number + 1 && frame.kind == AZML__FRAME_REPLY))
    {
      AZML_AUTO (json_t) json = NULL;
      if (frame.id != number + 1 || azml__frame_json (&frame, &json, NULL) < 0
          || !json_object_get (json, "over"))
        continue;
      over++;
      end = azml__clock_boot_ms ();
      go_on (id);
    }
  return over == 1 ? end - start : -1;
}

/* That a run is over is news: nobody must look for it, which is done once a second.  */
static void
test_over (void)
{
  static const char *const ids[] = { "overoverov01", "overoverov02", "overoverov03",
                                     "overoverov04" };
  int64_t best = -1;
  int told = 0;
  setenv ("AZML_TEST_FAULT", "ending:stop", 1);
  wire w = greeted ();
  unsetenv ("AZML_TEST_FAULT");
  for (uint32_t i = 0; i < 4; i++)
    {
      int64_t ms = time_to_over (&w, 2 + 2 * i, ids[i]);
      told += ms >= 0;
      if (ms >= 0 && (best < 0 || ms < best))
        best = ms;
    }
  ok (told == 4 && best < 700, "that a run is over is told at once: %lld ms",
      (long long)best);
  ok (wire_close (&w) == 0, "and its end when that is written");
}

int
main (void)
{
  char *scratch = scratch_enter ("serve");
  if (!scratch)
    return 1;
  test_requests ();
  test_broken_frames ();
  test_put ();
  test_silence ();
  test_slow_client ();
  test_no_reader ();
  test_flood ();
  test_short ();
  test_over ();
  scratch_leave (scratch);
  return done_testing ();
}

/* test-session.c: the client's side: runs over a session.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <sys/time.h>

#include "core/cancel.h"
#include "serve.h"

static json_t *
call (azml__session *session, const char *op, json_t *args, azml_error **err)
{
  json_t *reply = NULL;
  AZML_AUTO (json_t) owned = args;
  (void)!azml__session_call (session, op, owned, NULL, &reply, err);
  return reply;
}

/* What is sent at once is done in order: hello, start, follow.  */
static void
test_pipelined (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER old = AZML__BUFFER_INIT;
  char id[AZML__RANDOM_ID_SIZE];
  send_start (session, "echo one; sleep 0.1; printf 'two\\rthree' >&2", id);
  AZML_AUTO (json_t)
  reply = wait_reply (session, send_follow (session, id, 0), &log, &err);
  is_string (log.data, "one\ntwo\rthree", "the log is followed to its last byte");
  is_string (state_of (reply), "completed", "and then the state is told");
  ok (azml__json_integer (json_object_get (reply, "files"), "log", 0) == 13,
      "with the size");
  const json_t *hello = azml__session_hello (session);
  ok (azml__json_string (hello, "host")
          && azml__json_integer (hello, "version", 0) == 1,
      "hello was answered on the way");

  AZML_AUTO (json_t)
  again = wait_reply (session, send_follow (session, id, 4), &old, &err);
  is_string (old.data, "two\rthree", "a run that ended is followed from an offset");
  is_string (state_of (again), "completed", "to its state");
  AZML_AUTO (json_t)
  beyond = wait_reply (session, send_follow (session, id, 1000), NULL, &err);
  is_string (state_of (beyond), "completed", "an offset beyond the end is the end");
}

static void
test_operations (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  char id[AZML__RANDOM_ID_SIZE];
  uint32_t start = send_start (session, "exec sleep 100", id);
  AZML_AUTO (json_t) started = wait_reply (session, start, NULL, &err);
  is_string (azml__json_string (started, "state"), "queued", "start: accepted");
  AZML_AUTO (json_t)
  list = call (session, "list", json_pack ("{s:[s]}", "ids", id), &err);
  const json_t *run = json_array_get (json_object_get (list, "runs"), 0);
  is_string (azml__json_string (json_object_get (run, "run"), "id"), id,
             "list: the run asked for");
  AZML_AUTO (json_t)
  stop = call (session, "stop",
               json_pack ("{s:s, s:s, s:i, s:s}", "id", id, "signal", "TERM",
                          "grace", 5, "by", "t"),
               &err);
  ok (azml__json_string (stop, "state"), "stop answers at once");
  AZML_AUTO (json_t)
  end = wait_reply (session, send_follow (session, id, 0), NULL, &err);
  is_string (state_of (end), "canceled", "and the run ends");
  AZML_AUTO (json_t)
  late = call (session, "stop", json_pack ("{s:s}", "id", id), &err);
  is_string (azml__json_string (late, "state"), "canceled",
             "stop of a run that ended tells its state");
  AZML_AUTO (json_t)
  other = call (session, "list", json_pack ("{s:s}", "project", "none"), &err);
  ok (json_array_size (json_object_get (other, "runs")) == 0,
      "list: no run of another project");
  AZML_AUTO (json_t) environments = call (session, "environments", NULL, &err);
  ok (json_is_array (json_object_get (environments, "environments")),
      "environments");
  AZML_AUTO (json_t)
  build = call (session, "build", json_pack ("{s:{}}", "environment"), &err);
  ok (json_is_false (json_object_get (build, "built")),
      "build of nothing builds nothing");
  AZML_AUTO (json_t)
  bad = call (session, "build",
              json_pack ("{s:{s:s}}", "environment", "builder", "no-such"), &err);
  ok (!bad && err, "build of nonsense fails: %s", azml_error_message (err));
}

/* More runs than a frame takes.  */
static void
test_long_list (void)
{
  enum
  {
    COUNT = 250
  };
  AZML_AUTO (azml__session)
  session = script_session ("exec \"$0\" serve --runs=many");
  AZML_AUTO (azml_error) err = NULL;
  for (int i = 0; i < COUNT; i++)
    {
      AZML_AUTO_FREE char *status =
          azml__path_format ("many/run%09d/status.json", i);
      write_text (status, "{\"version\":1,\"state\":\"completed\"}\n");
    }
  AZML_AUTO (json_t) list = call (session, "list", NULL, &err);
  const json_t *runs = json_object_get (list, "runs");
  int ordered = 1;
  for (int i = 0; i < COUNT; i++)
    {
      AZML_AUTO_FREE char *id = azml__path_format ("run%09d", i);
      const json_t *run = json_array_get (runs, (size_t)i);
      const char *got = azml__json_string (run, "id");
      ordered = ordered && got && strcmp (got, id) == 0
                && strcmp (state_of (run), "completed") == 0;
    }
  ok (json_array_size (runs) == COUNT && ordered, "a list in parts is one list");
  AZML_AUTO (json_t)
  few = call (
      session, "list",
      json_pack ("{s:[s, s, s]}", "ids", "run000000007", "run000000003", "../etc"),
      &err);
  ok (json_array_size (json_object_get (few, "runs")) == 2, "of those asked for");
}

/* A run again under its id is the same run.  */
static void
test_start_again (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  char id[AZML__RANDOM_ID_SIZE];
  send_start (session, "echo x >> $AZML_OUTPUT_DIR/times", id);
  AZML_AUTO (json_t)
  end = wait_reply (session, send_follow (session, id, 0), NULL, &err);
  AZML_AUTO (json_t)
  again = call (session, "start",
                json_pack ("{s:s, s:{}, s:{s:s, s:[s]}}", "id", id, "run", "job",
                           "id", id, "argv", "true"),
                &err);
  is_string (azml__json_string (again, "state"), "completed",
             "a second start tells the state");
  AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s/outputs/times", id);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, path, 100, &text, NULL);
  is_string (text.data, "x\n", "and runs nothing");
  is_string (state_of (end), "completed", "which had run once");
}

#define BINARY_SIZE ((size_t)5 << 20)

/* Two followers, one with a sink and one that takes the data, of bytes of all kinds.  */
static void
test_binary (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml__session) other = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER bytes = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER seen = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER sunk = AZML__BUFFER_INIT;
  char id[AZML__RANDOM_ID_SIZE];
  AZML_AUTO_FREE char *script = NULL;
  uint64_t x = 88172645463325252u;
  for (size_t i = 0; i < BINARY_SIZE / 8; i++)
    {
      x ^= x << 13, x ^= x >> 7, x ^= x << 17;
      azml__buffer_add (&bytes, &x, 8);
    }
  AZML_AUTO_FREE char *here = getcwd (NULL, 0);
  write_bytes ("binary", bytes.data, bytes.length);
  script = azml__path_format ("head -c 100000 '%s/binary'; sleep 0.2; "
                              "tail -c +100001 '%s/binary'",
                              here, here);
  send_start (session, script, id);
  AZML_AUTO_CLOSE int fd =
      open ("sunk", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  uint32_t first = send_follow (session, id, 0);
  ok (azml__session_sink (session, first, 1, fd, NULL) == 0, "a sink");
  AZML_AUTO (json_t) end = wait_reply (session, first, NULL, &err);
  AZML_AUTO (json_t)
  second = wait_reply (other, send_follow (other, id, 0), &seen, &err);
  azml__file_read (AT_FDCWD, "sunk", BINARY_SIZE + 1, &sunk, NULL);
  ok (sunk.length == BINARY_SIZE
          && memcmp (sunk.data, bytes.data, BINARY_SIZE) == 0,
      "binary output goes byte for byte to the sink");
  ok (azml__session_sink_count (session, first, 1) == BINARY_SIZE,
      "which counts it");
  ok (seen.length == BINARY_SIZE
          && memcmp (seen.data, bytes.data, BINARY_SIZE) == 0,
      "and to another follower");
  is_string (state_of (end), "completed", "one sees the end");
  is_string (state_of (second), "completed", "the other too");

  int ends[2];
  azml__message message;
  int got = 1, rc = 0;
  if (pipe (ends) < 0)
    return;
  close (ends[0]);
  uint32_t broken = send_follow (session, id, 0);
  (void)!azml__session_sink (session, broken, 1, ends[1], NULL);
  while (rc == 0 && got)
    rc = azml__session_next (session, 5000, NULL, &message, &got, &err);
  ok (rc == AZML_E_OS || rc == AZML_E_UNREACHABLE || err,
      "a sink that nobody reads: %s", azml_error_message (err));
  AZML_AUTO (json_t) after = wait_reply (session, broken, NULL, &err);
  is_string (state_of (after), "completed", "and the session goes on");
  close (ends[1]);
}

/* A sink that comes after some of the data was kept does not overtake it.  */
static void
test_late_sink (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO_BUFFER seen = AZML__BUFFER_INIT;
  AZML_AUTO (json_t) reply = NULL;
  azml__message message = { 0 };
  int got = 0;
  write_text ("root/runs/latelatelate/status.json", "{\"state\":\"completed\"}\n");
  write_text ("root/runs/latelatelate/log", "");
  (void)!truncate ("root/runs/latelatelate/log", 4 << 20);
  uint32_t follow = send_follow (session, "latelatelate", 0);
  for (int i = 0; i < 3; i++) /* each keeps what comes before its reply */
    json_decref (call (session, "list", json_pack ("{s:[]}", "ids"), NULL));
  (void)!azml__session_next (session, 10000, NULL, &message, &got, NULL);
  ok (got && message.kind == AZML__FRAME_DATA,
      "data was kept while another request was waited for");
  azml__buffer_add (&seen, message.data, message.length);
  AZML_AUTO_CLOSE int fd =
      open ("late", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  (void)!azml__session_sink (session, follow, 1, fd, NULL);
  json_decref (call (session, "list", json_pack ("{s:[]}", "ids"), NULL));
  uint64_t early = azml__session_sink_count (session, follow, 1);
  (void)!azml__session_next (session, 10000, NULL, &message, &got, NULL);
  int handed = got && message.kind == AZML__FRAME_DATA;
  ok (!handed || early == 0, "what was kept comes before the sink gets anything");
  if (handed)
    azml__buffer_add (&seen, message.data, message.length);
  reply = wait_reply (session, follow, &seen, NULL);
  ok (seen.length + azml__session_sink_count (session, follow, 1) == 4 << 20,
      "and nothing is lost");
  is_string (state_of (reply), "completed", "to the end");
}

static azml_cancel *alarm_cancel;

static void
on_alarm (int number)
{
  (void)number;
  azml_cancel_set (alarm_cancel);
}

/* A reader who stops reading, as a pager does: one can cancel, go on, and neither side
   gives the other up.  */
static void
test_slow_reader (void)
{
  static const char id[] = "slowslowslow";
  AZML_AUTO_FREE char *log = azml__path_format ("root/runs/%s/log", id);
  AZML_AUTO_FREE char *status = azml__path_format ("root/runs/%s/status.json", id);
  AZML_AUTO_FREE char *bytes = malloc (2 << 20);
  AZML_AUTO_BUFFER seen = AZML__BUFFER_INIT;
  AZML_AUTO (azml_cancel) cancel = NULL;
  azml__message message = { 0 };
  int ends[2], got = 0, rc;
  for (int i = 0; i < 2 << 20; i++)
    bytes[i] = (char)(i * 31 >> 4);
  write_bytes (log, bytes, 2 << 20);
  write_text (status, "{\"version\":1,\"state\":\"completed\"}\n");
  setenv ("AZML_HEARTBEAT", "0.3", 1);
  AZML_AUTO (azml__session) session = runner_session ();
  unsetenv ("AZML_HEARTBEAT");
  if (pipe (ends) < 0 || azml_cancel_new (&cancel, NULL) < 0)
    return;
  alarm_cancel = cancel;
  signal (SIGALRM, on_alarm);
  uint32_t follow = send_follow (session, id, 0);
  (void)!azml__session_sink (session, follow, 1, ends[1], NULL);
  struct itimerval soon = { .it_value = { .tv_usec = 500000 } };
  setitimer (ITIMER_REAL, &soon, NULL);
  do
    rc = azml__session_next (session, 60000, cancel, &message, &got, NULL);
  while (rc == 0 && got);
  ok (rc == AZML_E_CANCELLED,
      "writing to a reader who does not read can be cancelled");
  pid_t reader = fork ();
  if (reader == 0)
    {
      close (ends[1]);
      pause_ms (2000); /* longer than silence is put up with */
      dup2 (ends[0], STDIN_FILENO);
      execlp ("sh", "sh", "-c", "cat > slow", (char *)NULL);
      _exit (127);
    }
  close (ends[0]);
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, NULL);
  close (ends[1]);
  waitpid (reader, NULL, 0);
  is_string (state_of (end), "completed", "and goes on when he reads again");
  azml__file_read (AT_FDCWD, "slow", 3 << 20, &seen, NULL);
  ok (seen.length == 2 << 20 && memcmp (seen.data, bytes, 2 << 20) == 0,
      "without losing or repeating a byte");
}

#define HUGE_LOG ((off_t)1 << 30)

/* A run that ended, made by hand, with a log of 1 GiB (a hole).  */
static void
make_huge (const char *id)
{
  AZML_AUTO_FREE char *status = azml__path_format ("root/runs/%s/status.json", id);
  AZML_AUTO_FREE char *log = azml__path_format ("root/runs/%s/log", id);
  write_text (status, "{\"version\":1,\"state\":\"completed\"}\n");
  write_text (log, "");
  (void)!truncate (log, HUGE_LOG);
}

/* A sanitizer keeps what was freed for a while, by default 256 MiB of it.  */
#ifdef __SANITIZE_ADDRESS__
#define MORE_KIB (320 << 10)
#else
#define MORE_KIB (16 << 10)
#endif

static long
resident_kib (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, "/proc/self/status", 65536, &text, NULL);
  const char *line = text.data ? strstr (text.data, "VmRSS:") : NULL;
  return line ? atol (line + 6) : 0;
}

/* While a huge log is followed, others get their answers, and nobody's memory grows.  */
static void
test_fair (void)
{
  static const char huge[] = "hugehugehuge";
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  char id[AZML__RANDOM_ID_SIZE];
  uint64_t before_stop = 0, total = 0;
  make_huge (huge);
  json_decref (
      wait_reply (session, send_start (session, "exec sleep 100", id), NULL, &err));
  uint32_t follow = send_follow (session, huge, 0), stop = 0;
  long start_kib = resident_kib (), most_kib = 0;
  AZML_AUTO (json_t) args = json_pack ("{s:s}", "id", id);
  for (int done = 0; !done;)
    {
      azml__message message = { 0 };
      int got;
      if (azml__session_next (session, 240000, NULL, &message, &got, &err) < 0
          || !got)
        break;
      if (message.kind == AZML__FRAME_DATA)
        total += message.length;
      if (!stop && total > 8 << 20)
        {
          (void)!azml__session_send (session, "stop", args, &stop, NULL);
          before_stop = total;
        }
      if (message.id == stop && message.kind == AZML__FRAME_REPLY)
        before_stop = total - before_stop;
      if (resident_kib () > most_kib)
        most_kib = resident_kib ();
      done = message.id == follow && message.kind == AZML__FRAME_REPLY;
      json_decref (message.json);
    }
  ok (total == (uint64_t)HUGE_LOG, "a log of 1 GiB is followed: %llu",
      (unsigned long long)total);
  ok (before_stop < 16 << 20, "a stop is answered within 16 MiB of it: %llu",
      (unsigned long long)before_stop);
  ok (most_kib - start_kib < MORE_KIB, "in little memory: %ld KiB more",
      most_kib - start_kib);

  uint32_t enough = send_follow (session, huge, 0);
  (void)!azml__session_close (session, enough, NULL);
  AZML_AUTO (json_t) closed = wait_reply (session, enough, NULL, &err);
  ok (json_is_true (json_object_get (closed, "closed")),
      "a follow ends when one closes it");
  AZML_AUTO (json_t)
  end = wait_reply (session, send_follow (session, id, 0), NULL, &err);
  is_string (state_of (end), "canceled", "and the run is stopped");
}

int
main (void)
{
  char *scratch = scratch_enter ("session");
  if (!scratch)
    return 1;
  test_pipelined ();
  test_operations ();
  test_long_list ();
  test_start_again ();
  test_binary ();
  test_late_sink ();
  test_slow_reader ();
  test_fair ();
  scratch_leave (scratch);
  return done_testing ();
}

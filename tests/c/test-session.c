/* test-session.c: the client's side: runs over a session, and peers that misbehave.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "serve.h"
#include "snapshot/snapshot.h"

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
      if (azml__session_next (session, 20000, NULL, &message, &got, &err) < 0
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
  ok (most_kib - start_kib < 16 << 10, "in little memory: %ld KiB more",
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

/* serve dies: the run does not notice; the next session goes on at the offset.  */
static void
test_serve_killed (void)
{
  AZML_AUTO (azml__session)
  session = script_session ("echo $$ > pid; exec \"$0\" serve");
  AZML_AUTO (azml__session) next = NULL;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml_error) none = NULL;
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  char id[AZML__RANDOM_ID_SIZE];
  send_start (session, "echo before; sleep 0.7; echo after", id);
  uint32_t follow = send_follow (session, id, 0);
  while (log.length < 7)
    {
      azml__message message = { 0 };
      int got;
      if (azml__session_next (session, 20000, NULL, &message, &got, &err) < 0
          || !got)
        break;
      if (message.id == follow && message.kind == AZML__FRAME_DATA)
        azml__buffer_add (&log, message.data, message.length);
      json_decref (message.json);
    }
  kill (read_pid ("pid"), SIGKILL);
  AZML_AUTO (json_t) lost = wait_reply (session, follow, NULL, &err);
  ok (!lost && azml_error_code (err) == AZML_E_UNREACHABLE,
      "a dead runner is told: %s", azml_error_message (err));
  ok (azml__session_call (session, "list", NULL, NULL, &lost, NULL)
          == AZML_E_UNREACHABLE,
      "again and again");
  next = runner_session ();
  AZML_AUTO (json_t)
  end = wait_reply (next, send_follow (next, id, (long)log.length), &log, &none);
  is_string (log.data, "before\nafter\n",
             "another session goes on where the first was");
  is_string (state_of (end), "completed", "the run did not notice");
}

static void
test_client_killed (void)
{
  int ends[2];
  char id[AZML__RANDOM_ID_SIZE] = "";
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  unlink ("pid");
  if (pipe (ends) < 0)
    return;
  pid_t client = fork ();
  if (client == 0)
    {
      azml__session *session = script_session ("echo $$ > pid; exec \"$0\" serve");
      uint32_t start = send_start (session, "sleep 0.5; echo still here", id);
      json_decref (wait_reply (session, start, NULL, NULL));
      send_follow (session, id, 0);
      (void)!write (ends[1], id, sizeof id);
      json_decref (wait_reply (session, 12345, NULL, NULL));
      _exit (0);
    }
  (void)!read (ends[0], id, sizeof id);
  close (ends[0]);
  close (ends[1]);
  pid_t serve = read_pid ("pid");
  kill (client, SIGKILL);
  waitpid (client, NULL, 0);
  ok (wait_gone (serve), "serve ends with its client");
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (json_t)
  end = wait_reply (session, send_follow (session, id, 0), &log, &err);
  is_string (log.data, "still here\n", "the run goes on");
  is_string (state_of (end), "completed", "to its end");
}

/* Keepers are reaped while serve lives.  */
static void
test_no_zombies (void)
{
  AZML_AUTO (azml__session)
  session = script_session ("echo $$ > pid; exec \"$0\" serve");
  AZML_AUTO_BUFFER children = AZML__BUFFER_INIT;
  char id[AZML__RANDOM_ID_SIZE];
  for (int i = 0; i < 3; i++)
    {
      send_start (session, "true", id);
      json_decref (wait_reply (session, send_follow (session, id, 0), NULL, NULL));
    }
  int pid = (int)read_pid ("pid");
  AZML_AUTO_FREE char *path =
      azml__path_format ("/proc/%d/task/%d/children", pid, pid);
  for (int i = 0; i < 500; i++, pause_ms (10))
    {
      azml__buffer_truncate (&children, 0);
      if (azml__file_read (AT_FDCWD, path, 4096, &children, NULL) < 0)
        {
          skip ("no zombies", "the kernel lists no children");
          return;
        }
      if (children.length == 0)
        break;
    }
  ok (children.length == 0, "keepers that ended are reaped");
}

/* Nobody is in charge of the run any more: who follows it ends it.  */
static void
test_settle (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  char id[AZML__RANDOM_ID_SIZE];
  int keeper = 0, runner = 0;
  uint32_t start = send_start (session, "exec sleep 1000", id);
  AZML_AUTO (json_t) started = wait_reply (session, start, NULL, &err);
  AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s/alive", id);
  for (int i = 0; i < 500 && !runner; i++, pause_ms (10))
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      if (azml__file_read (AT_FDCWD, path, 1000, &text, NULL) == 0 && text.data)
        sscanf (text.data, "keeper %d %*s runner %d", &keeper, &runner);
    }
  AZML_AUTO_FREE char *status = azml__path_format ("root/runs/%s/status.json", id);
  for (int running = 0, i = 0; !running && i < 500; i++, pause_ms (10))
    {
      AZML_AUTO (json_t) json = NULL;
      running = azml__json_read (AT_FDCWD, status, &json, NULL) == 0
                && strcmp (azml__json_string (json, "state"), "running") == 0;
    }
  uint32_t follow = send_follow (session, id, 0);
  azml__message message = { 0 };
  int got;
  (void)!azml__session_next (session, 10000, NULL, &message, &got, NULL);
  json_decref (message.json);
  /* Stopped first, so that neither can do what it does when the other dies.  */
  kill (runner, SIGSTOP);
  kill (keeper, SIGKILL);
  kill (runner, SIGKILL);
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, &err);
  is_string (state_of (end), "failed", "a run without anybody in charge is ended");
  is_string (azml__json_string (json_object_get (end, "status"), "cause"),
             "runner killed", "and says why");
}

int
main (void)
{
  char *scratch = scratch_enter ("session");
  if (!scratch)
    return 1;
  test_pipelined ();
  test_operations ();
  test_start_again ();
  test_binary ();
  test_fair ();
  test_serve_killed ();
  test_client_killed ();
  test_no_zombies ();
  test_settle ();
  scratch_leave (scratch);
  return done_testing ();
}

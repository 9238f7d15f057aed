/* test-session-copy.c: a followed log that is kept here, too, while somebody reads it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A pipe takes the pages of the copy as they are; whatever else there is gets the bytes
   from memory.  Nobody may see a difference.  */

#include <config.h>

#include <errno.h>
#include <sys/time.h>

#include "core/cancel.h"
#include "serve.h"

#define SIZE ((size_t)3 << 20)
#define BEFORE "what was there before\n"

static const char id[] = "copycopycopy";
static char *bytes;

/* A run that ended, with a log no two pages of which are the same.  */
static void
make_run (void)
{
  AZML_AUTO_FREE char *log = azml__path_format ("root/runs/%s/log", id);
  AZML_AUTO_FREE char *status = azml__path_format ("root/runs/%s/status.json", id);
  bytes = malloc (SIZE);
  for (size_t i = 0; i < SIZE; i++)
    bytes[i] = (char)(i * 31 >> 4);
  write_bytes (log, bytes, SIZE);
  write_text (status, "{\"version\":1,\"state\":\"completed\"}\n");
}

/* A copy that holds something, opened with FLAGS.  */
static int
open_copy (int flags)
{
  write_text ("copy", BEFORE);
  return open ("copy", flags | O_CLOEXEC);
}

static int
copy_is_whole (void)
{
  AZML_AUTO_BUFFER copy = AZML__BUFFER_INIT;
  size_t before = strlen (BEFORE);
  azml__file_read (AT_FDCWD, "copy", 2 * SIZE, &copy, NULL);
  return copy.length == before + SIZE && memcmp (copy.data, BEFORE, before) == 0
         && memcmp (copy.data + before, bytes, SIZE) == 0;
}

/* What this process has written so far, as the kernel counts it; -1: not known.  */
static long long
written (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__file_read (AT_FDCWD, "/proc/self/io", 4096, &text, NULL);
  const char *line = text.data ? strstr (text.data, "wchar: ") : NULL;
  return line ? atoll (line + 7) : -1;
}

/* A process that reads ENDS[0] into the file "seen", after MS milliseconds.  */
static pid_t
start_reader (int ends[2], int ms)
{
  pid_t reader = fork ();
  if (reader == 0)
    {
      close (ends[1]);
      pause_ms (ms);
      dup2 (ends[0], STDIN_FILENO);
      execlp ("sh", "sh", "-c", "cat > seen", (char *)NULL);
      _exit (127);
    }
  close (ends[0]);
  return reader;
}

static int
seen_is_whole (pid_t reader)
{
  AZML_AUTO_BUFFER seen = AZML__BUFFER_INIT;
  if (reader > 0)
    waitpid (reader, NULL, 0);
  azml__file_read (AT_FDCWD, "seen", 2 * SIZE, &seen, NULL);
  return seen.length == SIZE && memcmp (seen.data, bytes, SIZE) == 0;
}

/* Follow into a copy that is opened with FLAGS and into a pipe.  *RET_WRITTEN: how much we
   wrote for that.  */
static int
follow_to_pipe (int flags, long long *ret_written)
{
  AZML_AUTO (azml__session) session = runner_session ();
  int ends[2];
  if (pipe (ends) < 0)
    return 0;
  pid_t reader = start_reader (ends, 100);
  long long before = written ();
  uint32_t follow = send_follow (session, id, 0);
  (void)!azml__session_mirror (session, follow, 1, open_copy (flags), ends[1],
                               NULL);
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, NULL);
  *ret_written = before < 0 ? -1 : written () - before;
  close (ends[1]);
  return end && seen_is_whole (reader);
}

static void
test_pipe (void)
{
  long long n;
  ok (follow_to_pipe (O_RDWR, &n), "a slow reader gets every byte once");
  ok (copy_is_whole (), "and so does the copy");
  ok (n < (long long)(SIZE + SIZE / 2), "the bytes are written once: %lld", n);
  ok (follow_to_pipe (O_WRONLY, &n) && copy_is_whole (),
      "a copy that cannot be read makes no difference");
  ok (n < 0 || n >= (long long)(2 * SIZE), "but for the way they take: %lld", n);
}

static void
test_file (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO_CLOSE int fd =
      open ("seen", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  uint32_t follow = send_follow (session, id, 0);
  (void)!azml__session_mirror (session, follow, 1, open_copy (O_RDWR), fd, NULL);
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, NULL);
  ok (end && seen_is_whole (0) && copy_is_whole (), "a file gets every byte, too");
}

static azml_cancel *alarm_cancel;

static void
on_alarm (int signal)
{
  (void)signal;
  azml_cancel_set (alarm_cancel);
}

/* One who does not read can be left, and come back to.  */
static void
test_cancelled (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_cancel) cancel = NULL;
  azml__message message = { 0 };
  struct itimerval soon = { .it_value = { .tv_usec = 300000 } };
  int ends[2], got = 0, rc = 0;
  if (pipe (ends) < 0 || azml_cancel_new (&cancel, NULL) < 0)
    return;
  alarm_cancel = cancel;
  signal (SIGALRM, on_alarm);
  uint32_t follow = send_follow (session, id, 0);
  (void)!azml__session_mirror (session, follow, 1, open_copy (O_RDWR), ends[1],
                               NULL);
  setitimer (ITIMER_REAL, &soon, NULL);
  do
    rc = azml__session_next (session, 10000, cancel, &message, &got, NULL);
  while (rc == 0 && got);
  ok (rc == AZML_E_CANCELLED, "a full pipe can be left");
  pid_t reader = start_reader (ends, 0);
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, NULL);
  close (ends[1]);
  ok (end && seen_is_whole (reader) && copy_is_whole (),
      "and what follows is neither lost nor repeated");
}

/* One who has gone is told of once; the copy goes on.  */
static void
test_gone (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  azml__message message = { 0 };
  int ends[2], got = 1, rc = 0;
  if (pipe (ends) < 0)
    return;
  close (ends[0]);
  signal (SIGPIPE, SIG_DFL);
  uint32_t follow = send_follow (session, id, 0);
  (void)!azml__session_mirror (session, follow, 1, open_copy (O_RDWR), ends[1],
                               NULL);
  while (rc == 0 && got)
    rc = azml__session_next (session, 10000, NULL, &message, &got, &err);
  ok (rc < 0 && azml_error_native (err) == EPIPE, "nobody reads: %s",
      azml_error_message (err));
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, NULL);
  ok (end && copy_is_whole (), "the copy gets every byte all the same");
  close (ends[1]);
}

int
main (void)
{
  char *scratch = scratch_enter ("session-copy");
  if (!scratch)
    return 1;
  make_run ();
  test_pipe ();
  test_file ();
  test_cancelled ();
  test_gone ();
  free (bytes);
  scratch_leave (scratch);
  return done_testing ();
}

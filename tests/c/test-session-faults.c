/* test-session-faults.c: who dies, and who goes on.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "serve.h"

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
      if (azml__session_next (session, 240000, NULL, &message, &got, &err) < 0
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
  for (int i = 0; i < 6000; i++, pause_ms (10))
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
  AZML_AUTO_FREE char *job = azml__path_format ("root/runs/%s/job.json", id);
  ok (access (job, F_OK) < 0, "the job of a run that begins at once is on no disk");
  AZML_AUTO_FREE char *path = azml__path_format ("root/runs/%s/alive", id);
  for (int i = 0; i < 6000 && !runner; i++, pause_ms (10))
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      if (azml__file_read (AT_FDCWD, path, 1000, &text, NULL) == 0 && text.data)
        sscanf (text.data, "keeper %d %*s runner %d", &keeper, &runner);
    }
  AZML_AUTO_FREE char *status = azml__path_format ("root/runs/%s/status.json", id);
  for (int running = 0, i = 0; !running && i < 6000; i++, pause_ms (10))
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
  char *scratch = scratch_enter ("faults");
  if (!scratch)
    return 1;
  test_serve_killed ();
  test_client_killed ();
  test_no_zombies ();
  test_settle ();
  scratch_leave (scratch);
  return done_testing ();
}

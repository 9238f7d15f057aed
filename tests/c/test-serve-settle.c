/* test-serve-settle.c: a run in a container of which nobody is in charge, and an engine that
   does not answer: the others do not wait for that.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "serve.h"

#define AT_ONCE_MS 10000 /* the engine is given three times as long */

/* Until the file `answer` is there it says nothing; then, that there is no container.  Where
   `stuck` is there, it removes none that was not killed by another command.  */
static const char engine[] = "#!/bin/sh\n"
                             "cd \"${0%/*}\" || exit\n"
                             "echo \"$1\" >>verbs\n"
                             "echo $$ >>asked\n"
                             "if [ -e stuck ]; then\n"
                             "  [ \"$1\" != kill ] || : >killed\n"
                             "  while [ ! -e killed ]; do sleep 0.05; done\n"
                             "  echo \"$4\"; exit 0\n"
                             "fi\n"
                             "while [ ! -e answer ]; do sleep 0.05; done\n"
                             "echo \"Error: No such container\" >&2; exit 1\n";

static char *engine_path;

static int
make_engine (void)
{
  char folder[4096];
  engine_path =
      getcwd (folder, sizeof folder) ? azml__path_join (folder, "engine") : NULL;
  return engine_path
         && azml__file_replace (AT_FDCWD, "engine", engine, strlen (engine), 0755,
                                0, NULL)
                == 0;
}

/* Wait until run ID is running; store who is in charge of it.  */
static int
find_processes (const char *id, int *keeper, int *runner)
{
  AZML_AUTO_FREE char *alive = azml__path_format ("root/runs/%s/alive", id);
  AZML_AUTO_FREE char *status = azml__path_format ("root/runs/%s/status.json", id);
  for (int i = 0; i < 6000; i++, pause_ms (10))
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      AZML_AUTO (json_t) json = NULL;
      if (azml__file_read (AT_FDCWD, alive, 1000, &text, NULL) == 0 && text.data
          && sscanf (text.data, "keeper %d %*s runner %d", keeper, runner) == 2
          && azml__json_read (AT_FDCWD, status, &json, NULL) == 0
          && strcmp (azml__json_string (json, "state"), "running") == 0)
        return 1;
    }
  return 0;
}

/* A run that is said to be in a container of that engine, and whose keeper and runner were
   killed.  Its id goes to ID.  */
static int
forsake (azml__session *session, char id[AZML__RANDOM_ID_SIZE])
{
  int keeper = 0, runner = 0;
  uint32_t start = send_start (session, "exec sleep 1000", id);
  AZML_AUTO (json_t) started = wait_reply (session, start, NULL, NULL);
  AZML_AUTO_FREE char *folder = azml__path_format ("root/runs/%s/container", id);
  AZML_AUTO_FREE char *file = azml__path_format ("%s/engine.json", folder);
  AZML_AUTO_FREE char *name = azml__path_format ("azml-%s", id);
  AZML_AUTO (json_t)
  address = json_pack ("{s:s, s:[s], s:[s]}", "name", name, "argv", engine_path,
                       "stopgap", "create");
  if (!started || !find_processes (id, &keeper, &runner) || mkdir (folder, 0700) < 0
      || azml__json_write (AT_FDCWD, file, address, 0600, 0, NULL) < 0)
    return 0;
  /* Stopped first, so that neither can do what it does when the other dies.  */
  kill (runner, SIGSTOP);
  kill (keeper, SIGKILL);
  kill (runner, SIGKILL);
  return wait_gone (keeper) && wait_gone (runner);
}

/* 1 if SESSION executes a whole run before the engine is given up.  */
static int
runs_meanwhile (azml__session *session)
{
  char id[AZML__RANDOM_ID_SIZE];
  int64_t before = azml__clock_boot_ms ();
  uint32_t start = send_start (session, "echo meanwhile", id);
  AZML_AUTO (json_t) started = wait_reply (session, start, NULL, NULL);
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  uint32_t follow = send_follow (session, id, 0);
  AZML_AUTO (json_t) end = wait_reply (session, follow, &log, NULL);
  return started && strcmp (state_of (end), "completed") == 0 && log.data
         && strcmp (log.data, "meanwhile\n") == 0
         && azml__clock_boot_ms () - before < AT_ONCE_MS;
}

/* The process of the engine, when it was asked; SESSION goes on meanwhile.  */
static pid_t
wait_asked (azml__session *session)
{
  for (int i = 0; i < 600 && access ("asked", F_OK) < 0; i++)
    {
      azml__message message = { 0 };
      int got;
      if (azml__session_next (session, 100, NULL, &message, &got, NULL) < 0)
        return 0;
      if (got)
        json_decref (message.json);
    }
  return access ("asked", F_OK) < 0 ? 0 : read_pid ("asked");
}

/* Forget who has asked the engine, and that it answers.  */
static void
hang (void)
{
  unlink ("asked");
  unlink ("verbs");
  unlink ("answer");
}

static void
make_file (const char *name)
{
  (void)!azml__file_replace (AT_FDCWD, name, "", 0, 0600, 0, NULL);
}

static void
test_follow (void)
{
  char id[AZML__RANDOM_ID_SIZE];
  AZML_AUTO (azml_error) err = NULL;
  azml__session *session = runner_session ();
  hang ();
  if (!forsake (session, id))
    printf ("Bail out! no run\n");
  uint32_t follow = send_follow (session, id, 0);
  ok (wait_asked (session) > 0, "who follows has the run ended, and its container");
  ok (runs_meanwhile (session), "a run is started and followed meanwhile");
  make_file ("answer");
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, &err);
  is_string (state_of (end), "failed", "when the engine answers, the end is told");
  is_string (azml__json_string (json_object_get (end, "status"), "cause"),
             "runner killed", "and its cause");
  azml__session_free (session);
}

/* A session with two runs, whose ids go to IDS, of which nobody is in charge.  */
static azml__session *
session_of_two (char ids[2][AZML__RANDOM_ID_SIZE])
{
  azml__session *session = runner_session ();
  hang ();
  if (!forsake (session, ids[0]) || !forsake (session, ids[1]))
    printf ("Bail out! no runs\n");
  return session;
}

/* Ask SESSION for a list of IDS.  Return the request.  */
static uint32_t
ask_list (azml__session *session, char ids[2][AZML__RANDOM_ID_SIZE])
{
  uint32_t list = 0;
  AZML_AUTO (json_t) args = json_pack ("{s:[s, s]}", "ids", ids[0], ids[1]);
  (void)!azml__session_send (session, "list", args, &list, NULL);
  return list;
}

static void
test_list (void)
{
  char ids[2][AZML__RANDOM_ID_SIZE];
  AZML_AUTO (azml_error) err = NULL;
  azml__session *session = session_of_two (ids);
  uint32_t list = ask_list (session, ids);
  ok (wait_asked (session) > 0, "a list has the runs ended, and their containers");
  ok (runs_meanwhile (session), "a run is started and followed meanwhile");
  make_file ("answer");
  AZML_AUTO (json_t) reply = wait_reply (session, list, NULL, &err);
  const json_t *runs = json_object_get (reply, "runs");
  ok (json_array_size (runs) == 2
          && strcmp (state_of (json_array_get (runs, 0)), "failed") == 0
          && strcmp (state_of (json_array_get (runs, 1)), "failed") == 0,
      "the list is of how they ended");
  azml__session_free (session);
}

/* What is at work when the client goes does not keep anything.  */
static void
test_client_gone (void)
{
  char id[AZML__RANDOM_ID_SIZE];
  azml__session *session = runner_session ();
  hang ();
  if (!forsake (session, id))
    printf ("Bail out! no run\n");
  send_follow (session, id, 0);
  pid_t asked = wait_asked (session);
  int64_t before = azml__clock_boot_ms ();
  azml__session_free (session);
  ok (asked > 0 && wait_gone (asked)
          && azml__clock_boot_ms () - before < AT_ONCE_MS,
      "the client goes: nobody asks the engine any more");
  make_file ("answer");
  AZML_AUTO (json_t) reply = NULL;
  AZML_AUTO (json_t) args = json_pack ("{s:[s]}", "ids", id);
  session = runner_session ();
  (void)!azml__session_call (session, "list", args, NULL, &reply, NULL);
  is_string (state_of (json_array_get (json_object_get (reply, "runs"), 0)),
             "failed", "whoever looks next ends the run");
  azml__session_free (session);
}

/* An end that cannot be written is told, and not tried for ever.  */
static void
test_failure (void)
{
  char id[AZML__RANDOM_ID_SIZE];
  AZML_AUTO (azml_error) err = NULL;
  azml__session *session = runner_session ();
  make_file ("answer");
  if (!forsake (session, id))
    printf ("Bail out! no run\n");
  AZML_AUTO_FREE char *alive = azml__path_format ("root/runs/%s/alive", id);
  unlink (alive);
  if (symlink ("nowhere", alive) < 0)
    printf ("Bail out! no link\n");
  uint32_t follow = send_follow (session, id, 0);
  AZML_AUTO (json_t) end = wait_reply (session, follow, NULL, &err);
  ok (!end && err && strstr (azml_error_message (err), "alive"),
      "a run that cannot be ended is told");
  azml__session_free (session);
}

/* The client lists two runs of which one cannot be ended: the other is, and waited for.  */
static void
test_list_failure (void)
{
  char ids[2][AZML__RANDOM_ID_SIZE];
  AZML_AUTO (azml_error) err = NULL;
  azml__session *session = session_of_two (ids);
  AZML_AUTO_FREE char *alive = azml__path_format ("root/runs/%s/alive", ids[0]);
  unlink (alive);
  if (symlink ("nowhere", alive) < 0)
    printf ("Bail out! no link\n");
  uint32_t list = ask_list (session, ids);
  ok (wait_asked (session) > 0, "a list of a run that cannot be ended");
  make_file ("answer");
  AZML_AUTO (json_t) reply = wait_reply (session, list, NULL, &err);
  const json_t *runs = json_object_get (reply, "runs");
  is_string (state_of (json_array_get (runs, 0)), "running", "tells that of it");
  is_string (state_of (json_array_get (runs, 1)), "failed",
             "and that the next one was ended");
  azml__session_free (session);
}

/* What the file NAME has; "" if it is not there.  */
static const char *
text_of (const char *name)
{
  static azml__buffer text = AZML__BUFFER_INIT;
  azml__buffer_truncate (&text, 0);
  return azml__file_read (AT_FDCWD, name, 65536, &text, NULL) == 0 && text.data
             ? text.data
             : "";
}

/* Forsake a run and list it with an engine that has so many SECONDS.  Its events.  */
static const char *
settled (const char *seconds, int64_t *ret_ms)
{
  char id[AZML__RANDOM_ID_SIZE];
  AZML_AUTO (json_t) reply = NULL;
  setenv ("AZML_ENGINE_TIMEOUT", seconds, 1);
  azml__session *session = runner_session ();
  if (!forsake (session, id))
    printf ("Bail out! no run\n");
  AZML_AUTO (json_t) args = json_pack ("{s:[s]}", "ids", id);
  int64_t before = azml__clock_boot_ms ();
  (void)!azml__session_call (session, "list", args, NULL, &reply, NULL);
  *ret_ms = azml__clock_boot_ms () - before;
  azml__session_free (session);
  unsetenv ("AZML_ENGINE_TIMEOUT");
  AZML_AUTO_FREE char *events = azml__path_format ("root/runs/%s/events.jsonl", id);
  return text_of (events);
}

static void
test_stuck (void)
{
  int64_t ms;
  hang ();
  make_file ("stuck");
  ok (!strstr (settled ("4", &ms), "\"left\""),
      "a container that was paused while the engine killed it is removed");
  is_string (text_of ("verbs"), "rm\nkill\nrm\n", "after another kill");
  unlink ("stuck");
}

static void
test_left (void)
{
  int64_t ms;
  hang ();
  const char *events = settled ("6", &ms);
  ok (strstr (events, "\"what\":\"left\"") && strstr (events, "rm --force azml-"),
      "an engine that hangs: what may be left is told");
  ok (ms < 14000, "and only once it has all of its time (%d ms)", (int)ms);
}

int
main (void)
{
  char *scratch = scratch_enter ("settle");
  if (!scratch || !make_engine ())
    return 1;
  test_follow ();
  test_list ();
  test_client_gone ();
  test_failure ();
  test_list_failure ();
  test_stuck ();
  test_left ();
  free (engine_path);
  scratch_leave (scratch);
  return done_testing ();
}

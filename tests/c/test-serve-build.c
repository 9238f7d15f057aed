/* test-serve-build.c: environments over a session: what the machine has, a build that
   fails, one that is ended.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "serve.h"

/* A package that is nowhere, from no index.  */
static json_t *
spec (void)
{
  return json_pack ("{s:{s:[s], s:s, s:[s]}}", "environment", "pip",
                    "azml-no-such-package", "builder", "venv", "pip_options",
                    "--no-index");
}

static int
count_complete (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (system ("ls root/env/*/complete 2>/dev/null | wc -l > count") != 0
      || azml__file_read (AT_FDCWD, "count", 100, &text, NULL) < 0)
    return -1;
  return atoi (text.data);
}

/* Send build; receive until the event WHAT, or its end.  Return 1 for the event.  */
static int
start_build (azml__session *session, const char *wanted, uint32_t *ret_id)
{
  AZML_AUTO (json_t) args = spec ();
  if (azml__session_send (session, "build", args, ret_id, NULL) < 0)
    return 0;
  for (;;)
    {
      azml__message message = { 0 };
      int got;
      if (azml__session_next (session, 240000, NULL, &message, &got, NULL) < 0
          || !got)
        return 0;
      AZML_AUTO (json_t) json = message.json;
      const char *what = azml__json_string (json, "what");
      if (message.kind == AZML__FRAME_EVENT && what && strcmp (what, wanted) == 0)
        return 1;
      if (message.kind == AZML__FRAME_REPLY || message.kind == AZML__FRAME_FAIL)
        return 0;
    }
}

static void
test_probe (azml__session *session)
{
  AZML_AUTO (json_t) args = spec ();
  AZML_AUTO (json_t) reply = NULL;
  ok (azml__session_call (session, "probe", args, NULL, &reply, NULL) == 0
          && azml__json_integer (reply, "cores", 0) > 0
          && azml__json_integer (reply, "memory_bytes", 0) > 0
          && json_array_size (json_object_get (reply, "pythons")) > 0,
      "probe tells what the machine has");
  is_string (azml__json_string (json_object_get (reply, "environment"), "state"),
             "absent", "and what it would build");
}

static void
test_failure (azml__session *session)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  uint32_t build = 0;
  if (!ok (start_build (session, "building", &build),
           "a build tells that it began"))
    return;
  AZML_AUTO (json_t) reply = wait_reply (session, build, &log, &err);
  ok (!reply && azml_error_code (err) == AZML_E_ENVIRONMENT,
      "one that fails is a failure");
  ok (log.data && strstr (log.data, "azml-no-such-package"),
      "what the builder printed came over");
  ok (strstr (azml_error_message (err), "azml-no-such-package") != NULL,
      "and its last words are in the message");
  ok (count_complete () == 0, "nothing stays that counts as an environment");
}

/* While one is built others are served; closing the request ends it.  */
static void
test_close (azml__session *session)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) list = NULL;
  uint32_t build = 0;
  if (!ok (start_build (session, "building", &build), "a second build begins"))
    return;
  ok (azml__session_call (session, "list", NULL, NULL, &list, NULL) == 0
          && list != NULL,
      "others do not wait for it");
  (void)!azml__session_close (session, build, NULL);
  AZML_AUTO (json_t) reply = wait_reply (session, build, NULL, &err);
  ok (!reply && azml_error_code (err) == AZML_E_CANCELLED, "a close ends it: %s",
      azml_error_message (err));
  ok (count_complete () == 0, "and leaves nothing");
}

/* So does the end of the client.  */
static void
test_client_gone (void)
{
  azml__session *session = runner_session ();
  AZML_AUTO (azml__session) next = NULL;
  AZML_AUTO (azml_error) err = NULL;
  uint32_t build = 0;
  int begun = start_build (session, "building", &build);
  azml__session_free (session);
  ok (begun, "a third build begins");
  /* The lock is free again as soon as the first builder is gone.  */
  next = runner_session ();
  ok (start_build (next, "building", &build),
      "when its client is gone, another builds");
  AZML_AUTO (json_t) reply = wait_reply (next, build, NULL, &err);
  ok (!reply && azml_error_code (err) == AZML_E_ENVIRONMENT, "to its own end");
}

int
main (void)
{
  char *scratch = scratch_enter ("build");
  azml__session *session = scratch ? runner_session () : NULL;
  if (!session)
    return 1;
  test_probe (session);
  test_failure (session);
  test_close (session);
  azml__session_free (session);
  test_client_gone ();
  scratch_leave (scratch);
  return done_testing ();
}

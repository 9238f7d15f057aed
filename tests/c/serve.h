/* serve.h: talk to the azml-runner that was built, by sessions and by bare frames.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_SERVE_H
#define AZML_TESTS_SERVE_H

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "session/session.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/random.h"
#include "scratch.h"
#include "tap.h"

/* The program under test.  */
__attribute__ ((unused)) static const char *
runner_program (void)
{
  static char path[4096];
  const char *build = getenv ("AZML_BUILDDIR");
  if (!*path)
    snprintf (path, sizeof path, "%s/azml-runner", build ? build : ".");
  return path;
}

/* `sh -c SCRIPT` with the program as $0.  */
__attribute__ ((unused)) static azml__channel *
script_channel (const char *script)
{
  char *argv[] = { (char *)"sh", (char *)"-c", (char *)script,
                   (char *)runner_program (), NULL };
  azml__channel *channel = NULL;
  azml_error *err = NULL;
  if (azml__channel_local (argv, &channel, &err) < 0)
    {
      printf ("Bail out! %s\n", azml_error_message (err));
      exit (1);
    }
  return channel;
}

/* A session with what SCRIPT starts, over the places in the working folder.  */
__attribute__ ((unused)) static azml__session *
script_session (const char *script)
{
  azml__session *session = NULL;
  AZML_AUTO (json_t) layout = json_pack ("{s:s}", "root", "root");
  if (azml__session_open (script_channel (script), layout, &session, NULL) < 0)
    {
      printf ("Bail out! no session\n");
      exit (1);
    }
  return session;
}

__attribute__ ((unused)) static azml__session *
runner_session (void)
{
  return script_session ("exec \"$0\" serve");
}

/* Queue `start` for a new run of the shell command SCRIPT; its id goes to ID.  */
__attribute__ ((unused)) static uint32_t
send_start (azml__session *session, const char *script,
            char id[AZML__RANDOM_ID_SIZE])
{
  uint32_t request = 0;
  (void)!azml__random_id (id, NULL);
  AZML_AUTO (json_t)
  args = json_pack ("{s:s, s:{s:i, s:s}, s:{s:i, s:s, s:[s, s, s]}}", "id", id,
                    "run", "version", 1, "id", id, "job", "version", 1, "id", id,
                    "argv", "sh", "-c", script);
  (void)!azml__session_send (session, "start", args, &request, NULL);
  return request;
}

/* Queue `follow` of the log of run ID from OFFSET on.  */
__attribute__ ((unused)) static uint32_t
send_follow (azml__session *session, const char *id, long offset)
{
  uint32_t request = 0;
  AZML_AUTO (json_t)
  args = json_pack ("{s:s, s:{s:I}}", "id", id, "files", "log", (json_int_t)offset);
  (void)!azml__session_send (session, "follow", args, &request, NULL);
  return request;
}

/* Receive messages until the last one of REQUEST; data of it is added to DATA (or
   NULL).  Return the reply (new), or NULL: *ERR says why.  Others are dropped.  */
__attribute__ ((unused)) static json_t *
wait_reply (azml__session *session, uint32_t request, azml__buffer *data,
            azml_error **err)
{
  for (;;)
    {
      azml__message message = { 0 };
      int got;
      if (azml__session_next (session, 240000, NULL, &message, &got, err) < 0)
        return NULL;
      if (!got)
        {
          azml__error (err, AZML_E_TIMEOUT, "no answer for a minute");
          return NULL;
        }
      if (message.id == request && message.kind == AZML__FRAME_DATA && data)
        azml__buffer_add (data, message.data, message.length);
      if (message.id == request && message.kind == AZML__FRAME_REPLY)
        return message.json;
      if (message.id == request && message.kind == AZML__FRAME_FAIL)
        {
          azml__error_from_json (err, message.json);
          json_decref (message.json);
          return NULL;
        }
      json_decref (message.json);
    }
}

/* status.state in the reply to follow; "" if there is none.  */
__attribute__ ((unused)) static const char *
state_of (const json_t *reply)
{
  const char *state =
      azml__json_string (json_object_get (reply, "status"), "state");
  return state ? state : "";
}

__attribute__ ((unused)) static void
pause_ms (int ms)
{
  struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
  nanosleep (&time, NULL);
}

/* Wait until the process PID is gone (a zombie counts as that), at most a minute.  */
__attribute__ ((unused)) static int
wait_gone (pid_t pid)
{
  for (int i = 0; i < 6000; i++, pause_ms (10))
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      AZML_AUTO_FREE char *path = azml__path_format ("/proc/%d/stat", (int)pid);
      if (azml__file_read (AT_FDCWD, path, 4096, &text, NULL) < 0 || !text.data)
        return 1;
      const char *state = strrchr (text.data, ')');
      if (state && state[2] == 'Z')
        return 1;
    }
  return 0;
}

/* The number in the file NAME, once it is there.  */
__attribute__ ((unused)) static pid_t
read_pid (const char *name)
{
  for (int i = 0; i < 6000; i++, pause_ms (10))
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      if (azml__file_read (AT_FDCWD, name, 100, &text, NULL) == 0 && text.data
          && strchr (text.data, '\n'))
        return atoi (text.data);
    }
  return 0;
}

/* Bare frames.  */

typedef struct wire
{
  azml__channel *channel;
  azml__buffer in;
  size_t used;
  int banner, ended;
} wire;

/* The number of its process goes to the file wire.pid.  */
__attribute__ ((unused)) static wire
wire_open (void)
{
  return (wire){ .channel = script_channel (
                     "echo $$ >wire.pid; exec \"$0\" serve --root=root"),
                 .in = AZML__BUFFER_INIT };
}

/* Close it; return the exit code of the program.  */
__attribute__ ((unused)) static int
wire_close (wire *w)
{
  int code = -1;
  azml__channel_end_input (w->channel, NULL);
  azml__channel_status (w->channel, &code, NULL);
  azml__channel_free (w->channel);
  azml__buffer_done (&w->in);
  return code;
}

__attribute__ ((unused)) static void
wire_bytes (wire *w, const void *data, size_t n)
{
  const char *p = data;
  while (n)
    {
      size_t done;
      int ready;
      if (azml__channel_write (w->channel, p, n, &done, NULL) < 0)
        return;
      p += done;
      n -= done;
      if (n)
        azml__channel_wait (w->channel, AZML__CHANNEL_WRITABLE, 10000, NULL, &ready,
                            NULL);
    }
}

__attribute__ ((unused)) static void
wire_frame (wire *w, azml__frame_kind kind, uint32_t id, const void *payload,
            size_t n)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  azml__frame_add (&out, kind, 1, id, payload, (uint32_t)n);
  wire_bytes (w, out.data, out.length);
}

__attribute__ ((unused)) static void
wire_request (wire *w, uint32_t id, const char *json)
{
  wire_frame (w, AZML__FRAME_REQUEST, id, json, strlen (json));
}

/* The next frame; its payload is valid until the next call.  Return 1, or 0 at the
   end.  */
__attribute__ ((unused)) static int
wire_next (wire *w, azml__frame *frame)
{
  azml__buffer_drop (&w->in, w->used);
  w->used = 0;
  for (;;)
    {
      char data[65536];
      size_t n;
      int ready;
      if (!w->banner && w->in.length >= 14)
        {
          azml__buffer_drop (&w->in, 14);
          w->banner = 1;
        }
      ssize_t got = w->banner
                        ? azml__frame_decode (w->in.data, w->in.length, frame, NULL)
                        : 0;
      if (got > 0)
        w->used = (size_t)got;
      if (got != 0)
        return got > 0;
      if (w->ended
          || azml__channel_wait (w->channel, AZML__CHANNEL_READABLE, 20000, NULL,
                                 &ready, NULL)
                 < 0
          || !ready)
        return 0;
      (void)!azml__channel_read (w->channel, AZML__CHANNEL_STDOUT, data,
                                 sizeof data, &n, &w->ended, NULL);
      azml__buffer_add (&w->in, data, n);
    }
}

/* The code of the fail, or "reply", that ends request ID; "" at the end.  */
__attribute__ ((unused)) static const char *
wire_answer (wire *w, uint32_t id)
{
  static char code[64];
  azml__frame frame;
  while (wire_next (w, &frame))
    {
      AZML_AUTO (json_t) json = NULL;
      if (frame.id != id || frame.kind == AZML__FRAME_DATA
          || frame.kind == AZML__FRAME_EVENT)
        continue;
      if (frame.kind == AZML__FRAME_REPLY)
        return "reply";
      if (frame.kind != AZML__FRAME_FAIL
          || azml__frame_json (&frame, &json, NULL) < 0)
        return "?";
      const char *text = azml__json_string (json, "code");
      snprintf (code, sizeof code, "%s", text ? text : "?");
      return code;
    }
  return "";
}

#define HELLO "{\"op\":\"hello\",\"version\":1}"

/* One that has said hello.  */
__attribute__ ((unused)) static wire
greeted (void)
{
  wire w = wire_open ();
  wire_request (&w, 1, HELLO);
  if (strcmp (wire_answer (&w, 1), "reply") != 0)
    printf ("Bail out! no hello\n");
  return w;
}

#endif

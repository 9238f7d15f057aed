/* session.c: the frame protocol with a runner.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "session/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel/connection.h"
#include "channel/placement.h"
#include "core/clock.h"
#include "core/json.h"
#include "guile/binding.h"
#include "guile/session.h"

#define NOTICE_MS 10000 /* between two notices about a machine that refuses */

static void
session_drop (void *session)
{
  azml__session_free (session);
}

const azml__guile_type azml__guile_session_type = { .name = "session",
                                                    .free = session_drop };

/* One call: what goes in and what comes out.  */
struct call
{
  azml__guile_box *box;
  azml__session *session; /* of BOX */
  azml__kit kit;
  json_t *description;
  const char *op, *objects, *digest;
  json_t *args; /* owned */
  const void *data;
  size_t n;
  uint32_t id;
  int timeout_ms, got;
  azml__message message;
  json_t *result;
  azml_error *err;
  int rc;
};

/* Take SESSION, the first argument of WHO, for the call C.  */
static void
begin (struct call *c, SCM session, const char *who)
{
  c->box = azml__guile_take (session, &azml__guile_session_type, who, 1);
  c->session = azml__guile_pointer (c->box);
}

/* Give back what C has; throw if it failed.  */
static void
end (struct call *c, SCM session, const char *who)
{
  azml__guile_release (c->box);
  json_decref (c->args);
  scm_remember_upto_here_1 (session);
  if (c->rc < 0)
    azml__guile_throw (who, c->err);
}

/* The id of a request, argument POSITION of WHO.  */
static uint32_t
to_id (SCM id, const char *who, int position)
{
  return (uint32_t)azml__guile_to_integer (id, 1, UINT32_MAX, who, position);
}

/* JSON (new) of ARGS, an object that was checked, or #f.  */
static json_t *
to_args (SCM args)
{
  return scm_is_false (args) ? NULL : azml__guile_to_json (args);
}

static void
check_args (SCM args, const char *who, int position)
{
  if (scm_is_true (args))
    azml__guile_check_json (args, who, position);
}

/* A machine that refuses for now is tried again: whoever waits is told why, now and
   then.  There may be a line of progress on the terminal.  */
static void
tell (void *data, const char *text)
{
  static _Atomic int64_t last;
  int64_t now = azml__clock_boot_ms ();
  (void)data;
  if (last && now - last < NOTICE_MS)
    return;
  last = now;
  fprintf (stderr, "%sazml-guile: %s\n", isatty (STDERR_FILENO) ? "\r\033[K" : "",
           text);
}

static void *
open_work (void *data)
{
  struct call *c = data;
  azml__channel *channel = NULL;
  AZML_AUTO (azml__connection) connection = NULL;
  azml_cancel *cancel = azml__guile_cancel ();
  c->rc = azml__connection_open_noted (c->description, tell, NULL, cancel,
                                       &connection, &c->err);
  if (c->rc == 0 && strcmp (azml__connection_kind (connection), "local") == 0)
    c->rc = azml__connection_execute (connection, NULL, &channel, &c->err);
  else if (c->rc == 0)
    c->rc = azml__placement_execute (connection, &c->kit,
                                     azml__json_string (c->args, "root"), &channel,
                                     &c->err);
  if (c->rc == 0)
    c->rc = azml__session_open (channel, c->args, &c->session, &c->err);
  return NULL;
}

/* Execute a runner on the machine that CHANNEL (an object) leads to, and greet it with
   LAYOUT (an object, or #f).  Where there is none yet, the program RUNNER and the folder
   PYTHON are placed there first.  Return a session.  */
static SCM
session_open (SCM channel, SCM layout, SCM runner, SCM python)
{
  static const char who[] = "%session-open";
  struct call c = { .kit = { .runner = azml__guile_to_text (runner, who, 3),
                             .python = azml__guile_to_text (python, who, 4) } };
  azml__guile_check_json (channel, who, 1);
  check_args (layout, who, 2);
  c.description = azml__guile_to_json (channel);
  c.args = to_args (layout);
  azml__guile_blocking (open_work, &c);
  scm_remember_upto_here_2 (runner, python);
  json_decref (c.description);
  json_decref (c.args);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return azml__guile_handle (&azml__guile_session_type, c.session);
}

/* Return the reply to hello, or #f as long as it has not come.  */
static SCM
session_hello (SCM session)
{
  static const char who[] = "%session-hello";
  struct call c = { .rc = 0 };
  begin (&c, session, who);
  json_t *hello = json_incref ((json_t *)azml__session_hello (c.session));
  end (&c, session, who);
  return azml__guile_take_json (hello);
}

/* Return whether a runner may have read what was asked: never, mute (its program has ended
   and nothing was heard of one) or maybe.  */
static SCM
session_reached (SCM session)
{
  static const char *const names[] = { [AZML__SESSION_NEVER] = "never",
                                       [AZML__SESSION_MUTE] = "mute",
                                       [AZML__SESSION_MAYBE] = "maybe" };
  static const char who[] = "%session-reached";
  struct call c = { .rc = 0 };
  begin (&c, session, who);
  azml__session_reach reach = azml__session_reached (c.session);
  end (&c, session, who);
  return scm_from_utf8_symbol (names[reach]);
}

static void *
well_work (void *data)
{
  struct call *c = data;
  c->got = azml__session_is_well (c->session, azml__guile_cancel ());
  return NULL;
}

/* Return false if SESSION is known to be of no use any more.  */
static SCM
session_well (SCM session)
{
  static const char who[] = "%session-well?";
  struct call c = { .rc = 0 };
  begin (&c, session, who);
  azml__guile_blocking (well_work, &c);
  end (&c, session, who);
  return scm_from_bool (c.got);
}

/* Queue the request OP with ARGS (an object, or #f).  Return its id.  */
static SCM
session_send (SCM session, SCM op, SCM args)
{
  static const char who[] = "%session-send";
  struct call c = { .op = azml__guile_to_text (op, who, 2) };
  check_args (args, who, 3);
  begin (&c, session, who);
  c.args = to_args (args);
  c.rc = azml__session_send (c.session, c.op, c.args, &c.id, &c.err);
  scm_remember_upto_here_1 (op);
  end (&c, session, who);
  return scm_from_uint32 (c.id);
}

static void *
data_work (void *data)
{
  struct call *c = data;
  c->rc = azml__session_data (c->session, c->id, c->data, c->n, &c->err);
  if (c->rc == 0)
    c->rc = azml__session_flush (c->session, azml__guile_cancel (), &c->err);
  return NULL;
}

/* Send the bytevector BYTES as data of request ID.  */
static SCM
session_data (SCM session, SCM id, SCM bytes)
{
  static const char who[] = "%session-data";
  struct call c = { .id = to_id (id, who, 2) };
  if (!scm_is_bytevector (bytes))
    scm_wrong_type_arg_msg (who, 3, bytes, "bytevector");
  c.data = SCM_BYTEVECTOR_CONTENTS (bytes);
  c.n = SCM_BYTEVECTOR_LENGTH (bytes);
  begin (&c, session, who);
  azml__guile_blocking (data_work, &c);
  scm_remember_upto_here_1 (bytes);
  end (&c, session, who);
  return SCM_UNSPECIFIED;
}

/* Say that request ID gets no more data, or that enough of it was seen.  */
static SCM
session_close (SCM session, SCM id)
{
  static const char who[] = "%session-close";
  struct call c = { .id = to_id (id, who, 2) };
  begin (&c, session, who);
  c.rc = azml__session_close (c.session, c.id, &c.err);
  end (&c, session, who);
  return SCM_UNSPECIFIED;
}

/* Write data of stream STREAM of request ID to the descriptor FD.  */
static SCM
session_sink (SCM session, SCM id, SCM stream, SCM fd)
{
  static const char who[] = "%session-sink";
  struct call c = { .id = to_id (id, who, 2) };
  uint8_t number = (uint8_t)azml__guile_to_integer (stream, 0, 255, who, 3);
  int out = (int)azml__guile_to_integer (fd, 0, INT32_MAX, who, 4);
  begin (&c, session, who);
  c.rc = azml__session_sink (c.session, c.id, number, out, &c.err);
  end (&c, session, who);
  return SCM_UNSPECIFIED;
}

/* Return how many bytes were written so.  */
static SCM
session_sunk (SCM session, SCM id, SCM stream)
{
  static const char who[] = "%session-sunk";
  struct call c = { .id = to_id (id, who, 2) };
  uint8_t number = (uint8_t)azml__guile_to_integer (stream, 0, 255, who, 3);
  begin (&c, session, who);
  uint64_t count = azml__session_sink_count (c.session, c.id, number);
  end (&c, session, who);
  return scm_from_uint64 (count);
}

static void *
next_work (void *data)
{
  struct call *c = data;
  c->rc = azml__session_next (c->session, c->timeout_ms, azml__guile_cancel (),
                              &c->message, &c->got, &c->err);
  return NULL;
}

static SCM
kind_symbol (azml__frame_kind kind)
{
  return scm_from_utf8_symbol (kind == AZML__FRAME_DATA    ? "data"
                               : kind == AZML__FRAME_EVENT ? "event"
                               : kind == AZML__FRAME_REPLY ? "reply"
                                                           : "fail");
}

/* Wait for the next message, at most TIMEOUT milliseconds (-1: for ever).  Return
   (KIND ID STREAM VALUE), or #f.  */
static SCM
session_next (SCM session, SCM timeout)
{
  static const char who[] = "%session-next";
  struct call c = { .timeout_ms = (int)azml__guile_to_integer (timeout, -1,
                                                               INT32_MAX, who, 2) };
  SCM value = SCM_BOOL_F;
  begin (&c, session, who);
  azml__guile_blocking (next_work, &c);
  if (c.rc == 0 && c.got && c.message.kind == AZML__FRAME_DATA)
    {
      /* The bytes are the session's: they are copied before it is released.  */
      value = scm_c_make_bytevector (c.message.length);
      memcpy (SCM_BYTEVECTOR_CONTENTS (value), c.message.data, c.message.length);
    }
  end (&c, session, who);
  if (!c.got)
    return SCM_BOOL_F;
  if (c.message.kind != AZML__FRAME_DATA)
    value = azml__guile_take_json (c.message.json);
  return scm_list_4 (kind_symbol (c.message.kind), scm_from_uint32 (c.message.id),
                     scm_from_uint8 (c.message.stream), value);
}

static void *
call_work (void *data)
{
  struct call *c = data;
  c->rc = azml__session_call (c->session, c->op, c->args, azml__guile_cancel (),
                              &c->result, &c->err);
  return NULL;
}

/* Send the request OP with ARGS (an object, or #f).  Return its reply.  */
static SCM
session_call (SCM session, SCM op, SCM args)
{
  static const char who[] = "%session-call";
  struct call c = { .op = azml__guile_to_text (op, who, 2) };
  check_args (args, who, 3);
  begin (&c, session, who);
  c.args = to_args (args);
  azml__guile_blocking (call_work, &c);
  scm_remember_upto_here_1 (op);
  end (&c, session, who);
  return azml__guile_take_json (c.result);
}

/* Send the contents DIGESTS (a vector) of the store OBJECTS with `put', those that OFFSETS
   (digest to offset) names from there on; its reply is about the snapshot MANIFEST.  BEGUN is
   what %snapshot-take said of it, or #f.  Return the id of the request.  */
static SCM
session_put (SCM session, SCM objects, SCM manifest, SCM digests, SCM offsets,
             SCM begun)
{
  static const char who[] = "%session-put";
  struct call c = { .objects = azml__guile_to_text (objects, who, 2),
                    .digest = azml__guile_to_text (manifest, who, 3) };
  check_args (digests, who, 4);
  check_args (offsets, who, 5);
  check_args (begun, who, 6);
  begin (&c, session, who);
  c.args = to_args (offsets);
  c.result = to_args (begun);
  c.rc = azml__session_put (c.session, c.objects, c.digest, to_args (digests),
                            c.args, c.result, &c.id, &c.err);
  json_decref (c.result);
  scm_remember_upto_here_2 (objects, manifest);
  end (&c, session, who);
  return scm_from_uint32 (c.id);
}

/* Queue the request OP with ARGS behind the data of the request PUT.  Return its id.  */
static SCM
session_send_after (SCM session, SCM put, SCM op, SCM args)
{
  static const char who[] = "%session-send-after";
  uint32_t before = to_id (put, who, 2);
  struct call c = { .op = azml__guile_to_text (op, who, 3) };
  check_args (args, who, 4);
  begin (&c, session, who);
  c.args = to_args (args);
  c.rc = azml__session_send_after (c.session, before, c.op, c.args, &c.id, &c.err);
  scm_remember_upto_here_1 (op);
  end (&c, session, who);
  return scm_from_uint32 (c.id);
}

/* End the connection.  Runs go on.  */
static SCM
session_free (SCM session)
{
  azml__guile_close (session, &azml__guile_session_type, "%session-free", 1);
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_session (void)
{
  azml__guile_define ("%session-open", 4, 0, session_open);
  azml__guile_define ("%session-hello", 1, 0, session_hello);
  azml__guile_define ("%session-reached", 1, 0, session_reached);
  azml__guile_define ("%session-well?", 1, 0, session_well);
  azml__guile_define ("%session-send", 3, 0, session_send);
  azml__guile_define ("%session-data", 3, 0, session_data);
  azml__guile_define ("%session-close", 2, 0, session_close);
  azml__guile_define ("%session-sink", 4, 0, session_sink);
  azml__guile_define ("%session-sunk", 3, 0, session_sunk);
  azml__guile_define ("%session-next", 2, 0, session_next);
  azml__guile_define ("%session-call", 3, 0, session_call);
  azml__guile_define ("%session-put", 6, 0, session_put);
  azml__guile_define ("%session-send-after", 4, 0, session_send_after);
  azml__guile_define ("%session-free", 1, 0, session_free);
}

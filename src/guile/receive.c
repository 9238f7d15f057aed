/* receive.c: outputs that are fetched from another machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/receive.h"

#include "session/session.h"
#include "core/file.h"
#include "guile/binding.h"
#include "guile/session.h"

static void
receiver_drop (void *receiver)
{
  azml__receiver_unref (receiver);
}

static const azml__guile_type receiver_type = { .name = "receiver",
                                                .free = receiver_drop };

struct call
{
  azml__receiver *receiver;
  const char *directory;
  json_t *json, *result;
  uint64_t limit;
  azml_error *err;
  int rc;
};

static void *
new_work (void *data)
{
  struct call *c = data;
  AZML_AUTO_CLOSE int folder = -1;
  c->rc = azml__folder_open (c->directory, &folder, &c->err);
  if (c->rc == 0)
    c->rc = azml__receiver_new (folder, c->json, c->limit, &c->receiver, &c->err);
  return NULL;
}

/* Receive ENTRIES, the vector that `fetch' listed, into the outputs of the run directory
   DIRECTORY, without files over LIMIT bytes (#f: none is).  */
static SCM
receiver_new (SCM directory, SCM entries, SCM limit)
{
  static const char who[] = "%receiver-new";
  struct call c = { .directory = azml__guile_to_text (directory, who, 1),
                    .limit = UINT64_MAX };
  azml__guile_check_json (entries, who, 2);
  if (scm_is_true (limit))
    c.limit = (uint64_t)azml__guile_to_integer (limit, 0, INT64_MAX, who, 3);
  c.json = azml__guile_to_json (entries);
  azml__guile_blocking (new_work, &c);
  json_decref (c.json);
  scm_remember_upto_here_1 (directory);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return azml__guile_handle (&receiver_type, c.receiver);
}

/* Return what is to be asked for: a vector of alists of path, offset and size.  */
static SCM
receiver_wanted (SCM receiver)
{
  azml__guile_box *box =
      azml__guile_take (receiver, &receiver_type, "%receiver-wanted", 1);
  json_t *wanted = azml__receiver_wanted (azml__guile_pointer (box));
  azml__guile_release (box);
  return azml__guile_take_json (wanted);
}

/* Return (RECEIVED . TOTAL), bytes.  */
static SCM
receiver_progress (SCM receiver)
{
  azml__guile_box *box =
      azml__guile_take (receiver, &receiver_type, "%receiver-progress", 1);
  uint64_t received = azml__receiver_received (azml__guile_pointer (box)),
           total = azml__receiver_total (azml__guile_pointer (box));
  azml__guile_release (box);
  return scm_cons (scm_from_uint64 (received), scm_from_uint64 (total));
}

static void *
end_work (void *data)
{
  struct call *c = data;
  c->rc = azml__receiver_end (c->receiver, c->json, &c->result, &c->err);
  return NULL;
}

/* All has come but CHANGED (a vector of paths, or #f).  Return what was done.  */
static SCM
receiver_end (SCM receiver, SCM changed)
{
  static const char who[] = "%receiver-end";
  struct call c = { .json = NULL };
  if (scm_is_true (changed))
    azml__guile_check_json (changed, who, 2);
  azml__guile_box *box = azml__guile_take (receiver, &receiver_type, who, 1);
  c.receiver = azml__guile_pointer (box);
  if (scm_is_true (changed))
    c.json = azml__guile_to_json (changed);
  azml__guile_blocking (end_work, &c);
  azml__guile_release (box);
  json_decref (c.json);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return azml__guile_take_json (c.result);
}

/* Let RECEIVER take the data of stream STREAM of request ID.  */
static SCM
session_receive (SCM session, SCM id, SCM stream, SCM receiver)
{
  static const char who[] = "%session-receive";
  uint32_t request = (uint32_t)azml__guile_to_integer (id, 1, UINT32_MAX, who, 2);
  uint8_t number = (uint8_t)azml__guile_to_integer (stream, 0, 255, who, 3);
  azml__guile_box *box = azml__guile_take (receiver, &receiver_type, who, 4);
  azml__taker taker = { azml__receiver_take, receiver_drop,
                        azml__receiver_ref (azml__guile_pointer (box)) };
  azml__guile_release (box);
  azml_error *err = NULL;
  box = azml__guile_take (session, &azml__guile_session_type, who, 1);
  int rc = azml__session_taker (azml__guile_pointer (box), request, number, &taker,
                                &err);
  azml__guile_release (box);
  if (rc < 0)
    azml__guile_throw (who, err);
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_receive (void)
{
  azml__guile_define ("%receiver-new", 3, 0, receiver_new);
  azml__guile_define ("%receiver-wanted", 1, 0, receiver_wanted);
  azml__guile_define ("%receiver-progress", 1, 0, receiver_progress);
  azml__guile_define ("%receiver-end", 2, 0, receiver_end);
  azml__guile_define ("%session-receive", 4, 0, session_receive);
}

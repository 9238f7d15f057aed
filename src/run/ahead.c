/* ahead.c: a snapshot that is sent while it is taken.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/ahead.h"

#include <pthread.h>
#include <signal.h>

#include "core/json.h"
#include "session/ahead.h"

typedef struct taking
{
  const char *source;
  azml__objects *objects;
  azml__snapshot_options options;
  azml__ahead *ahead;
  json_t *report;
  azml_error *err;
  int rc;
} taking;

static void
found (void *ahead, const azml__digest *digest, uint64_t size)
{
  azml__ahead_found (ahead, digest, size);
}

static void
begin (void *ahead, const azml__digest *name, int fd, uint64_t size)
{
  azml__ahead_begin (ahead, name, fd, size);
}

static void
grown (void *ahead, uint64_t size)
{
  azml__ahead_grown (ahead, size);
}

static void
end (void *ahead, const azml__digest *digest)
{
  azml__ahead_end (ahead, digest);
}

static void *
take (void *data)
{
  taking *t = data;
  t->rc =
      azml__snapshot_take (t->source, t->objects, &t->options, &t->report, &t->err);
  azml__ahead_over (t->ahead);
  return NULL;
}

/* Signals are for the threads that were there before.  */
static int
start (taking *t, pthread_t *ret)
{
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int rc = pthread_create (ret, NULL, take, t);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return rc;
}

int
azml__snapshot_take_ahead (const char *source, azml__objects *objects,
                           const char *store, azml__session *session,
                           const azml__snapshot_options *options,
                           json_t **ret_report, azml_error **err)
{
  AZML_AUTO (azml__ahead) ahead = NULL;
  AZML_AUTO (azml_error) failure = NULL;
  AZML_AUTO (json_t) report = NULL;
  pthread_t thread;
  int rc = azml__ahead_new (session, store, &ahead, err);
  if (rc < 0)
    return rc;
  const azml__object_tap tap = { found, begin, grown, end, ahead };
  taking t = { source, objects, *options, ahead, NULL, NULL, 0 };
  t.options.tap = &tap;
  if (start (&t, &thread))
    return azml__snapshot_take (source, objects, options, ret_report, err);
  int lost = azml__ahead_run (ahead, &failure);
  pthread_join (thread, NULL);
  report = t.report;
  if (t.rc < 0)
    {
      azml__error_move (err, &t.err);
      return t.rc;
    }
  if (lost < 0 && azml__session_reached (session) == AZML__SESSION_NEVER)
    {
      azml__error_move (err, &failure);
      return lost;
    }
  json_t *begun = azml__ahead_begun (ahead);
  if ((begun && json_object_set_new (report, "begun", begun) < 0)
      || (lost < 0
          && json_object_set_new (report, "lost",
                                  azml__json_text (azml_error_message (failure)))
                 < 0))
    return azml__error_no_memory (err);
  *ret_report = azml_steal (&report);
  return 0;
}

/* clock.c: how far the clock of the other machine is ahead.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The time in hello was true when hello was sent; when it is read, it is older by its way
   here.  That is half of the shortest time in which an answer came to a request; requests
   that went out before anybody listened there tell nothing.  No request is made for this:
   until one is answered, the way counts as none.  */

#include <config.h>

#include "session/private.h"
#include "core/clock.h"
#include "core/json.h"

#define LATEST ((json_int_t)1 << 50) /* in milliseconds: what no clock says */

static void
note (azml__session *session)
{
  json_object_set_new (
      session->hello, "clock_offset_ms",
      json_integer ((json_int_t)(session->heard_ms + session->round_ms / 2)));
}

void
azml__session_hear_clock (azml__session *session)
{
  json_int_t there = azml__json_integer (session->hello, "time_ms", -1);
  json_object_del (session->hello, "clock_offset_ms");
  if (there < 0 || there > LATEST)
    return;
  session->heard_ms = (int64_t)there - azml__clock_utc_ms ();
  note (session);
}

void
azml__session_hear_answer (azml__session *session, const azml__asked *asked)
{
  if (!asked->sent || !json_object_get (session->hello, "clock_offset_ms"))
    return;
  int64_t took = azml__clock_boot_ms () - asked->sent;
  if (took < 1)
    took = 1;
  if (session->round_ms && took >= session->round_ms)
    return;
  session->round_ms = took;
  note (session);
}

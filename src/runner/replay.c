/* replay.c: what events.jsonl knows of a run whose status.json lags behind.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A state that is over in a moment is not worth a new status.json; the line in
   events.jsonl, one write, tells it as well.  */

#include <config.h>

#include "runner/replay.h"

#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "run/layout.h"
#include "runner/status.h"

#define EVENTS_LIMIT ((size_t)16 << 20)

static void
replay_event (json_t *status, const json_t *event, int *ret_ended)
{
  static const char *const outcome[] = { "exit_code", "signal", "cause",
                                         "message",   "stop",   "error" };
  const char *name = azml__json_string (event, "event");
  int state = name ? azml__state_parse (name) : -1;
  if (name && strcmp (name, "ended") == 0)
    *ret_ended = 1;
  if (state < (int)azml__status_state (status)
      || azml__state_is_terminal ((azml__state)state))
    return;
  azml__status_enter (status, (azml__state)state);
  json_object_set (json_object_get (status, "times"), name,
                   json_object_get (event, "time"));
  for (size_t i = 0; i < sizeof outcome / sizeof *outcome; i++)
    {
      json_t *value = json_object_get (event, outcome[i]);
      if (value && state == AZML__STATE_FINALIZING)
        json_object_set (status, outcome[i], value);
    }
}

void
azml__replay (json_t *status, int folder, int *ret_ended)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  *ret_ended = 0;
  if (azml__file_read (folder, "events.jsonl", EVENTS_LIMIT, &text, NULL) < 0)
    return;
  for (char *line = text.data, *end; line && *line; line = end + 1)
    {
      AZML_AUTO (json_t) event = NULL;
      if (!(end = strchr (line, '\n')))
        return; /* it was cut short */
      if (azml__json_parse (line, (size_t)(end - line), "events.jsonl", &event,
                            NULL)
          == 0)
        replay_event (status, event, ret_ended);
    }
}

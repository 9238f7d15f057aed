/* replay.c: what events.jsonl knows of a run whose status.json lags behind.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A state that is over in a moment is not worth a new status.json, and a run that begins
   at once has none before it lasts; the line in events.jsonl, one write, tells it as
   well.  */

#include <config.h>

#include "run/replay.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "run/layout.h"

#define EVENTS_LIMIT ((size_t)16 << 20)

/* What the first event of a run without status.json says of where it was accepted.  */
static void
take_place (json_t *status, const json_t *event)
{
  static const char *const place[] = { "boot_id", "host", "user", "runner" };
  for (size_t i = 0; i < sizeof place / sizeof *place; i++)
    {
      json_t *value = json_object_get (event, place[i]);
      if (value)
        json_object_set (status, place[i], value);
    }
}

static void
replay_event (json_t *status, const json_t *event, int *ret_ended)
{
  static const char *const outcome[] = { "exit_code", "signal", "cause",
                                         "message",   "stop",   "error" };
  const char *name = azml__json_string (event, "event");
  int state = name ? azml__state_parse (name) : -1;
  int before = azml__state_parse (azml__json_string (status, "state"));
  const char *what = azml__json_string (event, "what");
  if (name && strcmp (name, "ended") == 0)
    *ret_ended = 1;
  if (name && strcmp (name, "gpus") == 0 && what && strcmp (what, "taken") == 0
      && !json_object_get (status, "gpus"))
    json_object_set (status, "gpus", json_object_get (event, "gpus"));
  if (state < 0 || state < before || azml__state_is_terminal ((azml__state)state))
    return;
  if (!json_is_object (json_object_get (status, "times")))
    json_object_set_new (status, "times", json_object ());
  json_object_set_new (status, "state", json_string (name));
  json_object_set (json_object_get (status, "times"), name,
                   json_object_get (event, "time"));
  if (state == AZML__STATE_QUEUED)
    take_place (status, event);
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

/* What a power cut makes of a file that was not written through.  */
static int
is_empty (int folder, const char *name)
{
  struct stat st;
  return fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size == 0;
}

int
azml__run_status (int folder, json_t **ret, azml_error **err)
{
  AZML_AUTO (azml_error) problem = NULL;
  int ended, rc = azml__json_read (folder, "status.json", ret, &problem);
  if (rc == AZML_E_NOT_FOUND || (rc < 0 && is_empty (folder, "status.json")))
    {
      AZML_AUTO (json_t) status = json_pack ("{s:i}", "version", 1);
      azml__replay (status, folder, &ended);
      if (json_object_get (status, "state"))
        {
          *ret = azml_steal (&status);
          return 0;
        }
    }
  if (rc < 0)
    azml__error_move (err, &problem);
  return rc;
}

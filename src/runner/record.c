/* record.c: what the process that does the work of a run knows of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/record.h"

#include "charge/status.h"
#include "core/clock.h"

int
azml__runner_write (azml__runner *runner, int sync)
{
  AZML_AUTO (azml_error) err = NULL;
  int rc = azml__status_write (runner->charge->folder, runner->status, sync, &err);
  if (rc == AZML_E_NO_SPACE)
    runner->disk_full = 1;
  return rc;
}

void
azml__runner_end_state (azml__runner *runner)
{
  azml__state state = azml__status_state (runner->status);
  int64_t now = azml__clock_boot_us ();
  json_t *durations = json_object_get (runner->status, "durations");
  if (!durations)
    {
      durations = json_object ();
      json_object_set_new (runner->status, "durations", durations);
    }
  if (state == AZML__STATE_PREPARING || state == AZML__STATE_WAITING
      || state == AZML__STATE_RUNNING)
    json_object_set_new (durations, azml__state_name (state),
                         json_real ((double)(now - runner->entered_us) / 1e6));
  runner->entered_us = now;
}

/* In memory and in events.jsonl.  status.json follows when the state lasts: see
   azml__runner_save.  */
void
azml__runner_enter (azml__runner *runner, azml__state state)
{
  static const char *const outcome[] = { "exit_code", "signal", "cause",
                                         "message",   "stop",   "error" };
  json_t *event = json_pack ("{s:s}", "event", azml__state_name (state));
  azml__runner_end_state (runner);
  azml__status_enter (runner->status, state);
  for (size_t i = 0; i < sizeof outcome / sizeof *outcome; i++)
    {
      json_t *value = json_object_get (runner->status, outcome[i]);
      if (value)
        json_object_set (event, outcome[i], value);
    }
  azml__charge_event (runner->charge, event);
  runner->unsaved = 1;
}

void
azml__runner_save (azml__runner *runner)
{
  if (!runner->unsaved)
    return;
  runner->unsaved = 0;
  azml__runner_write (runner, 0);
}

/* status.c: status.json, as it is written.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "charge/status.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "process/signals.h"
#include "run/replay.h"

/* The user's name without the user database, which a static program cannot read. */
static json_t *
user_name (void)
{
  const char *name = getenv ("USER");
  char number[24];
  if (!name || !*name)
    name = getenv ("LOGNAME");
  if (name && *name)
    return azml__json_text (name);
  snprintf (number, sizeof number, "%lu", (unsigned long)geteuid ());
  return json_string (number);
}

json_t *
azml__status_new (const char *id)
{
  char boot[40], host[256] = "";
  json_t *status = json_object ();
  gethostname (host, sizeof host - 1);
  azml__clock_boot_id (boot);
  json_object_set_new (status, "version", json_integer (1));
  json_object_set_new (status, "id", json_string (id));
  azml__status_enter (status, AZML__STATE_QUEUED);
  json_object_set_new (status, "boot_id", json_string (boot));
  json_object_set_new (status, "host", azml__json_text (host));
  json_object_set_new (status, "user", user_name ());
  json_object_set_new (status, "runner", json_string (PACKAGE_VERSION));
  return status;
}

void
azml__status_enter (json_t *status, azml__state state)
{
  char now[AZML__CLOCK_TEXT_SIZE];
  json_t *times = json_object_get (status, "times");
  if (!json_is_object (times))
    {
      times = json_object ();
      json_object_set_new (status, "times", times);
    }
  json_object_set_new (status, "state", json_string (azml__state_name (state)));
  json_object_set_new (
      times, azml__state_is_terminal (state) ? "ended" : azml__state_name (state),
      json_string (azml__clock_format (azml__clock_utc_ms (), now)));
}

azml__state
azml__status_state (const json_t *status)
{
  const char *name = azml__json_string (status, "state");
  int state = name ? azml__state_parse (name) : -1;
  return state < 0 ? AZML__STATE_QUEUED : (azml__state)state;
}

json_t *
azml__status_read (int folder, const char *id)
{
  json_t *status = NULL;
  int ended;
  if (azml__json_read (folder, "status.json", &status, NULL) == 0
      && json_is_object (status))
    return status;
  json_decref (status);
  status = azml__status_new (id);
  azml__replay (status, folder, &ended);
  return status;
}

int
azml__status_write (int folder, const json_t *status, int sync, azml_error **err)
{
  return azml__json_write (folder, "status.json", status, 0600, sync, err);
}

void
azml__status_cause (json_t *status, const char *cause, const char *message)
{
  if (cause)
    json_object_set_new (status, "cause", json_string (cause));
  if (message)
    json_object_set_new (status, "message", azml__json_text (message));
}

void
azml__status_end (json_t *status)
{
  const char *cause = azml__json_string (status, "cause");
  if (cause && strcmp (cause, "stopped") == 0)
    azml__status_enter (status, AZML__STATE_CANCELED);
  else if (!cause && azml__json_integer (status, "exit_code", -1) == 0)
    azml__status_enter (status, AZML__STATE_COMPLETED);
  else
    azml__status_enter (status, AZML__STATE_FAILED);
}

int
azml__status_has_outcome (const json_t *status)
{
  return azml__status_state (status) == AZML__STATE_FINALIZING
         && (json_object_get (status, "exit_code")
             || json_object_get (status, "signal")
             || json_object_get (status, "cause"));
}

static int
stop_signal (const json_t *status)
{
  const char *name = azml__json_string (json_object_get (status, "stop"), "signal");
  int number = name ? azml__signal_parse (name) : 0;
  return number ? number : 15;
}

int
azml__status_exit_code (const json_t *status)
{
  static const struct
  {
    const char *cause;
    int code;
  } causes[] = {
    { "time limit", 124 },     { "out of memory", 137 },     { "not found", 127 },
    { "not executable", 126 }, { "environment", 125 },       { "preparation", 125 },
    { "container", 125 },      { "snapshot", 125 },          { "gpus", 125 },
    { "runner killed", 125 },  { "machine restarted", 125 }, { "internal", 125 },
    { "copied", 125 },         { "gpu unused", 1 }
  };
  const char *cause = azml__json_string (status, "cause");
  for (size_t i = 0; cause && i < sizeof causes / sizeof *causes; i++)
    if (strcmp (cause, causes[i].cause) == 0)
      return causes[i].code;
  if (cause && strcmp (cause, "stopped") == 0)
    return 128 + stop_signal (status);
  int number = (int)azml__json_integer (status, "signal", 0);
  if (number)
    return 128 + number;
  return (int)azml__json_integer (status, "exit_code", 1);
}

json_t *
azml__status_ended (const json_t *status)
{
  return json_pack ("{s:s,s:O,s:O*}", "event", "ended", "state",
                    json_object_get (status, "state"), "cause",
                    json_object_get (status, "cause"));
}

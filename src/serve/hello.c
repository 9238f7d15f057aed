/* hello.c: hello: who is here, and where the runs are.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "runner/logout.h"
#include "serve/private.h"

/* The user's name as the login told it.  The user database is not asked: that would
   load libraries, and the runner is static.  */
static json_t *
user_name (void)
{
  const char *name = getenv ("USER");
  if (!name || !*name)
    name = getenv ("LOGNAME");
  return name && *name ? azml__json_text (name) : json_null ();
}

static json_t *
describe (const azml__serve_state *serve)
{
  struct utsname system = { 0 };
  char boot_id[40];
  char program[4096];
  uname (&system);
  azml__clock_boot_id (boot_id);
  ssize_t n = readlink ("/proc/self/exe", program, sizeof program - 1);
  program[n > 0 ? n : 0] = '\0';
  return json_pack (
      "{s:s*, s:i, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s, s:I, "
      "s:s, s:s}",
      "logout", azml__logout_fate (), "version", AZML__PROTOCOL_VERSION, "runner",
      PACKAGE_VERSION, "program", azml__json_text (*program ? program : NULL),
      "static", getauxval (AT_BASE) == 0, /* no interpreter has loaded it */
      "root", azml__json_text (serve->layout.root), "runs",
      azml__json_text (serve->layout.runs), "objects",
      azml__json_text (serve->layout.objects), "home",
      azml__json_text (getenv ("HOME")), "host", azml__json_text (system.nodename),
      "user", user_name (), "uid", (json_int_t)getuid (), "boot_id", boot_id,
      "time_ms", (json_int_t)azml__clock_utc_ms (), "machine", system.machine,
      "system", system.sysname);
}

static void
free_places (char *(*places)[3])
{
  for (int i = 0; i < 3; i++)
    free ((*places)[i]);
}

int
azml__serve_hello (azml__request *request, const json_t *args, azml_error **err)
{
  static const char *const keys[] = { "root", "runs", "objects" };
  azml__serve_state *serve = request->serve;
  AZML_CLEANUP (free_places) char *places[3] = { NULL, NULL, NULL };
  azml__layout layout = { NULL, NULL, NULL };
  if (serve->hello)
    return azml__error (err, AZML_E_PROTOCOL, "a second hello");
  for (int i = 0; i < 3; i++)
    {
      const json_t *value = json_object_get (args, keys[i]);
      if (!value || json_is_null (value))
        continue;
      places[i] = azml__json_get_bytes (value, NULL);
      if (!places[i])
        return azml__error (err, AZML_E_INVALID, "hello: '%s' is not a path",
                            keys[i]);
    }
  int rc =
      azml__layout_find (places[0] ? places[0] : serve->roots[0],
                         places[1] ? places[1] : serve->roots[1],
                         places[2] ? places[2] : serve->roots[2], &layout, err);
  if (rc < 0)
    return rc;
  serve->layout = layout;
  serve->hello = 1;
  json_int_t silence = azml__json_integer (args, "silence", -1);
  if (silence >= 0 && silence <= 7 * 86400)
    serve->silence_ms = silence * 1000;
  return azml__request_reply (request, describe (serve), err);
}

/* engine-restart.c: what becomes of containers when the daemon is restarted.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Up to version 24 a daemon with live-restore, when it comes back, removes those that were
   started with --rm, although they run (moby issue 46308).  The answer of `docker info`,
   which costs as much as a short run, is kept for a day.  */

#include <config.h>

#include "container/engine-restart.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "container/ask.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/path.h"

#define ASK_SECONDS 20
#define KEPT_MS ((int64_t)24 * 3600 * 1000)
#define FIRST_GOOD 25
#define CONFIGURATION "/etc/docker/daemon.json"

static int64_t
changed_ms (const char *path)
{
  struct stat st;
  return stat (path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : 0;
}

/* Which daemon ENGINE talks to, as a key.  */
static const char *
name_of (const azml__engine *engine)
{
  const char *host = azml__variables_get (&engine->variables, "DOCKER_HOST");
  const char *context = azml__variables_get (&engine->variables, "DOCKER_CONTEXT");
  return host && *host ? host : context && *context ? context : "default";
}

static int
ask (const azml__container *container)
{
  char *words[] = { (char *)"info",
                    (char *)"--format={{.LiveRestoreEnabled}} {{.ServerVersion}}",
                    NULL };
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int status = 0;
  if (azml__container_ask (container, words, ASK_SECONDS, &text, &status, NULL) < 0
      || status != 0 || !text.data)
    return -1;
  const char *live = strstr (text.data, "true ");
  return live && atoi (live + strlen ("true ")) < FIRST_GOOD;
}

int
azml__engine_forgets (const azml__container *container)
{
  const azml__engine *engine = &container->engine;
  AZML_AUTO_FREE char *folder =
      azml__path_join (container->run.charge->root, "images");
  AZML_AUTO_FREE char *path =
      folder ? azml__path_join (folder, "engines.json") : NULL;
  AZML_AUTO (json_t) known = NULL;
  if (engine->podman || !path)
    return 0;
  int64_t written = changed_ms (path), age = azml__clock_utc_ms () - written;
  if (written > changed_ms (CONFIGURATION) && age >= 0 && age < KEPT_MS
      && azml__json_read (AT_FDCWD, path, &known, NULL) == 0)
    {
      const json_t *value = json_object_get (known, name_of (engine));
      if (json_is_boolean (value))
        return json_is_true (value);
    }
  int forgets = ask (container);
  AZML_AUTO (json_t) fresh = json_pack ("{s:b}", name_of (engine), forgets > 0);
  if (forgets >= 0 && fresh && azml__folder_make (folder, 0700, NULL) == 0)
    azml__json_write (AT_FDCWD, path, fresh, 0600, 0, NULL);
  return forgets > 0;
}

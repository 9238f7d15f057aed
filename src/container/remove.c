/* remove.c: the end of a container, whoever brings it about.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   container/engine.json stays as long as there may still be a container.  That the engine
   knows of none is no proof: it may be making it, and `rm --force` of what is not there ends
   well.  While it is being made its name is taken already, though nothing can be asked of it
   or done to it: so the attempt to make another of that name tells.  */

#include <config.h>

#include "container/remove.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "container/address.h"
#include "container/copy-out.h"
#include "core/clock.h"
#include "core/file.h"

#define LATE_MS 30000 /* so long is waited for what the engine is making */
#define PAUSE_MS 100

/* 1 if a line of TEXT is NAME.  */
static int
has_line (const char *text, const char *name)
{
  size_t n = strlen (name);
  for (const char *line = text; line; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, name, n) == 0 && (!line[n] || line[n] == '\n'))
        return 1;
    }
  return 0;
}

/* 1 if there was one and it is gone, 0 if there was none, -1 if that is not known.  */
static int
remove_named (const azml__command *engine, const char *name)
{
  const char *const words[] = { "rm", "--force", "--volumes", name, NULL };
  AZML_AUTO_BUFFER said = AZML__BUFFER_INIT;
  int well = azml__address_ask (engine, words, &said);
  const char *text = azml__buffer_ok (&said) && said.data ? said.data : "";
  if (has_line (text, name))
    return 1;
  return well > 0 || (well == 0 && strcasestr (text, "no such container")) ? 0 : -1;
}

/* 1 if the first process in it has begun: then it was made.  */
static int
has_begun (int folder)
{
  return faccessat (folder, "container/begun", F_OK, 0) == 0;
}

static void
forget (int folder)
{
  unlinkat (folder, "container/engine.json", 0); /* once is enough */
}

int
azml__container_take_leave (int folder, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  AZML_AUTO (json_t) json = NULL;
  int rc = 0;
  if (azml__address_read (folder, &command, &json))
    {
      if (json_object_get (json, "copied"))
        rc = azml__container_bring_back (folder, json, &command, err);
      int gone = remove_named (&command, azml__json_string (json, "name"));
      if (gone > 0 || (gone == 0 && has_begun (folder)))
        forget (folder);
    }
  azml__command_done (&command);
  return rc;
}

void
azml__container_remove (int folder)
{
  azml__container_take_leave (folder, NULL);
}

/* Make a container with WORDS, which has the NAME of the one that may come.  1 if there is none
   any more and none will come, 0 if the name is taken, -1 if the engine does not say.  */
static int
try_name (const azml__command *engine, const char *const *words, const char *name)
{
  AZML_AUTO_BUFFER said = AZML__BUFFER_INIT;
  int made = azml__address_ask (engine, words, &said);
  if (made > 0)
    return remove_named (engine, name) < 0 ? -1 : 1;
  return made == 0 && said.data && strstr (said.data, "already in use") ? 0 : -1;
}

void
azml__container_remove_late (int folder)
{
  const struct timespec pause = { 0, PAUSE_MS * 1000000L };
  azml__command command = AZML__COMMAND_INIT;
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO_STRINGS words = NULL;
  int64_t until = azml__clock_boot_ms () + LATE_MS;
  if (azml__address_read (folder, &command, &json)
      && azml__json_strings (json_object_get (json, "stopgap"), "stopgap", &words,
                             NULL)
             == 0)
    for (;;)
      {
        const char *name = azml__json_string (json, "name");
        int free = try_name (&command, (const char *const *)words, name);
        if (free < 0)
          break;
        if (free > 0 || remove_named (&command, name) > 0)
          {
            forget (folder);
            break;
          }
        if (azml__clock_boot_ms () >= until)
          break;
        nanosleep (&pause, NULL);
      }
  azml__command_done (&command);
}

void
azml__container_tidy (int folder)
{
  azml__file_remove_tree (folder, "container", NULL);
}

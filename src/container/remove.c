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
#include "core/path.h"

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

/* 1 if the engine, which said TEXT, is still at it, or could not kill what is in there.  */
static int
is_stuck (const char *text)
{
  return strcasestr (text, "in progress") || strcasestr (text, "exit event")
         || strcasestr (text, "could not kill");
}

/* 1 if there was one and it is gone, 0 if there was none, -1 if that is not known.

   Who pauses the container in the moment in which the engine kills it keeps it from dying, and
   the engine waits for that, some for ever; another `kill` lets it go on and die.  */
static int
remove_named (const azml__command *engine, const char *name)
{
  const char *const rm[] = { "rm", "--force", "--volumes", name, NULL };
  const char *const kill[] = { "kill", name, NULL };
  const struct timespec pause = { 0, PAUSE_MS * 1000000L };
  int patience = azml__address_patience_ms ();
  int some = patience * 2 / 5; /* so that `kill` has the greater part */
  int64_t until = azml__clock_boot_ms () + patience;
  for (int64_t left; (left = until - azml__clock_boot_ms ()) > 0;)
    {
      AZML_AUTO_BUFFER said = AZML__BUFFER_INIT;
      AZML_AUTO_BUFFER ignored = AZML__BUFFER_INIT;
      int well = azml__address_ask (engine, rm, left < some ? left : some, &said);
      const char *text = azml__buffer_ok (&said) && said.data ? said.data : "";
      if (has_line (text, name))
        return 1;
      if (well > 0 || (well == 0 && strcasestr (text, "no such container")))
        return 0;
      if (well == 0 && !is_stuck (text))
        return -1;
      if ((left = until - azml__clock_boot_ms ()) > 0
          && azml__address_ask (engine, kill, left, &ignored) < 0)
        return -1;
      nanosleep (&pause, NULL);
    }
  return -1;
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
  int made = azml__address_ask (engine, words, azml__address_patience_ms (), &said);
  if (made > 0)
    return remove_named (engine, name) < 0 ? -1 : 1;
  return made == 0 && said.data && strstr (said.data, "already in use") ? 0 : -1;
}

/* Try until none can come any more, which is 1.  0 if there may be one all the same; -1 if there
   is none, though nothing keeps another from coming.  */
static int
keep_off (const azml__command *engine, const char *const *words, const char *name)
{
  const struct timespec pause = { 0, PAUSE_MS * 1000000L };
  int64_t until = azml__clock_boot_ms () + LATE_MS;
  for (;;)
    {
      int free = try_name (engine, words, name);
      if (free > 0 || (free == 0 && remove_named (engine, name) > 0))
        return 1;
      if (free < 0)
        return remove_named (engine, name) == 0 ? -1 : 0;
      if (azml__clock_boot_ms () >= until)
        return 0;
      nanosleep (&pause, NULL);
    }
}

static void
tell_left (azml__charge *charge, const azml__command *engine, const char *name)
{
  AZML_AUTO_FREE char *text =
      azml__path_format ("the engine did not remove the container of the run, "
                         "which may still be there: "
                         "'%s rm --force %s' removes it",
                         azml__path_base (engine->argv.words[0]), name);
  azml__charge_event (charge,
                      json_pack ("{s:s, s:s, s:s, s:s*}", "event", "container",
                                 "what", "left", "name", name, "message", text));
}

void
azml__container_remove_late (azml__charge *charge)
{
  azml__command command = AZML__COMMAND_INIT;
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO_STRINGS words = NULL;
  if (azml__address_read (charge->folder, &command, &json)
      && azml__json_strings (json_object_get (json, "stopgap"), "stopgap", &words,
                             NULL)
             == 0)
    {
      const char *name = azml__json_string (json, "name");
      int off = keep_off (&command, (const char *const *)words, name);
      if (off > 0)
        forget (charge->folder);
      else if (off == 0)
        tell_left (charge, &command, name);
    }
  azml__command_done (&command);
}

void
azml__container_tidy (int folder)
{
  azml__file_remove_tree (folder, "container", NULL);
}

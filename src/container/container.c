/* container.c: a container, as the runner of a run has it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/container.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/path.h"

azml__container *
azml__container_new (const azml__container_run *run)
{
  const json_t *spec = run->job->container;
  azml__container *container = calloc (1, sizeof *container);
  if (!container)
    return NULL;
  container->run = *run;
  container->used = container->leash = container->news = -1;
  container->copied = json_is_true (json_object_get (spec, "copy"));
  container->spec = spec;
  container->name = azml__path_format ("azml-%s", run->charge->id);
  container->base = azml__json_get_bytes (json_object_get (spec, "image"), NULL);
  return container;
}

void
azml__container_free (azml__container *container)
{
  if (!container)
    return;
  azml__engine_done (&container->engine);
  free (container->name);
  free (container->base);
  free (container->hash);
  free (container->image);
  json_decref (container->facts);
  json_decref (container->environment);
  if (container->used >= 0)
    close (container->used);
  if (container->leash >= 0)
    close (container->leash);
  if (container->news >= 0)
    close (container->news);
  free (container);
}

int
azml__container_is_ending (const azml__container *container)
{
  return container->run.calls->is_ending (container->run.runner);
}

void
azml__container_save (const azml__container *container)
{
  container->run.calls->save (container->run.runner);
}

void
azml__container_inherit (const azml__container *container, azml__words *variables)
{
  json_t *list =
      json_object_get (json_object_get (container->facts, "Config"), "Env");
  for (size_t i = 0; i < json_array_size (list); i++)
    {
      const char *line = json_string_value (json_array_get (list, i));
      if (line && strchr (line, '='))
        azml__words_add (variables, line);
    }
}

/* The image's own entry point, if it is asked for and there is one; else NULL.  */
static json_t *
entry_of (const azml__container *container)
{
  const char *entry = azml__json_string (container->spec, "entrypoint");
  json_t *list =
      json_object_get (json_object_get (container->facts, "Config"), "Entrypoint");
  return entry && strcmp (entry, "image") == 0 && json_array_size (list) ? list
                                                                         : NULL;
}

int
azml__container_has_entry (const azml__container *container)
{
  return entry_of (container) != NULL;
}

void
azml__container_entry (const azml__container *container, azml__words *words)
{
  json_t *list = entry_of (container);
  for (size_t i = 0; i < json_array_size (list); i++)
    {
      const char *word = json_string_value (json_array_get (list, i));
      if (word)
        azml__words_add (words, word);
    }
}

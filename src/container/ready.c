/* ready.c: a container that is about to start.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/ready.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "container/address.h"
#include "container/ask.h"
#include "container/copy-in.h"
#include "container/remove.h"
#include "container/words.h"
#include "core/json.h"

/* What the inner runner reads.  It holds the variables: only this user may read it, and it
   is removed as soon as it was read.  */
static int
write_job (const azml__container *container, const azml__command *command,
           azml_error **err)
{
  json_t *argv = json_array (), *variables = json_array (), *gpus = json_array ();
  AZML_AUTO (json_t)
  json = json_pack (
      "{s:i, s:s, s:o, s:o, s:o, s:o, s:i, s:b, s:f, s:O*, s:b, s:s, s:b}",
      "version", 1, "id", container->run.charge->id, "argv", argv, "variables",
      variables, "gpus", gpus, "folder", azml__json_text (command->folder), "umask",
      (int)command->user_umask, "python",
      container->run.job->python && !container->run.job->setup, "grace",
      container->run.job->grace, "steps", container->run.job->steps,
      "gpus_optional",
      container->run.job->gpus && container->run.job->gpus->optional, "gpu_hint",
      azml__gpu_door_hint (container->door, container->engine.podman), "entry",
      azml__container_has_entry (container));
  if (!json)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < command->argv.count; i++)
    json_array_append_new (argv, azml__json_text (command->argv.words[i]));
  for (size_t i = 0; i < command->variables.count; i++)
    json_array_append_new (variables,
                           azml__json_text (command->variables.words[i]));
  for (size_t i = 0; i < container->run.lease->count; i++)
    json_array_append_new (gpus, json_string (container->run.lease->uuids[i]));
  return azml__json_write (container->run.charge->folder, "container/job.json",
                           json, 0600, 0, err);
}

static int
make_folder (const azml__container *container, const char *name, azml_error **err)
{
  if (mkdirat (container->run.charge->folder, name, 0700) < 0 && errno != EEXIST)
    return azml__error_os (err, errno, "make the folder '%s'", name);
  return 0;
}

/* Into WORDS go those of the engine that start the container.  */
static int
make_words (azml__container *container, const azml__gpu_list *machine,
            azml__command *command, azml__words *words, azml_error **err)
{
  int rc = make_folder (container, "container", err);
  if (rc == 0)
    rc = make_folder (container, "home", err);
  if (rc == 0)
    rc = azml__container_accounts (container, err);
  if (rc == 0)
    rc = azml__address_write (container, err);
  if (rc == 0)
    rc = azml__container_words (container, machine, words, err);
  /* At a second try the words are no longer those inside.  */
  if (rc == 0 && !container->ready)
    rc = write_job (container, command, err);
  container->ready = 1;
  if (rc == 0 && container->copied)
    {
      rc = azml__container_fill (container, words, command, err);
      if (rc < 0)
        azml__container_remove (container->run.charge->folder);
      if (rc == AZML_E_CANCELLED)
        azml__container_remove_late (container->run.charge);
    }
  return rc;
}

int
azml__container_ready (azml__container *container, const azml__gpu_list *machine,
                       azml__command *command, azml_error **err)
{
  azml__words words = AZML__WORDS_INIT, variables = AZML__WORDS_INIT;
  container->since = container->copied ? (int64_t)time (NULL) : 0;
  int rc = make_words (container, machine, command, &words, err);
  azml__words_add_all (&variables, container->engine.variables.words);
  if (rc < 0)
    {
      azml__words_done (&words);
      azml__words_done (&variables);
      return rc;
    }
  azml__words_done (&command->argv);
  azml__words_done (&command->variables);
  free (command->folder);
  command->argv = words;
  command->variables = variables;
  command->folder = strdup (container->run.charge->path);
  command->user_umask = 077;
  container->log_start = azml__prepare_log_size (container->run.charge->folder);
  return command->folder ? 0 : azml__error_no_memory (err);
}

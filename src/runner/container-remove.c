/* container-remove.c: the end of a container, whoever brings it about.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "runner/container.h"

#define REMOVE_SECONDS 30

int
azml__container_wait (pid_t pid)
{
  const struct timespec pause = { 0, 2 * 1000000L };
  int64_t until = azml__clock_boot_ms () + REMOVE_SECONDS * 1000;
  int status = 0;
  pid_t got;
  while ((got = waitpid (pid, &status, WNOHANG)) == 0)
    {
      if (azml__clock_boot_ms () >= until)
        {
          kill (-pid, SIGKILL);
          return 0;
        }
      nanosleep (&pause, NULL);
    }
  return got == pid && status == 0;
}

/* Read how the engine of the run directory FOLDER is reached into *RET, and into COMMAND,
   whose argv gets no verb yet.  1 if there is a container of ours.  */
static int
read_address (int folder, azml__command *command, json_t **ret)
{
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO_STRINGS argv = NULL;
  const char *name, *key;
  json_t *value;
  if (azml__json_read (folder, "container/engine.json", &json, NULL) < 0
      || azml__json_strings (json_object_get (json, "argv"), "argv", &argv, NULL)
             < 0
      || !(name = azml__json_string (json, "name"))
      || strncmp (name, "azml-", 5) != 0)
    return 0;
  azml__words_add_all (&command->argv, argv);
  json_object_foreach (json_object_get (json, "variables"), key, value)
  {
    AZML_AUTO_FREE char *text = azml__json_get_bytes (value, NULL);
    if (text)
      azml__variables_set (&command->variables, key, text);
  }
  command->folder = strdup ("/");
  command->output = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  *ret = azml_steal (&json);
  return command->folder && command->argv.count;
}

int
azml__container_take_leave (int folder, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  AZML_AUTO (json_t) json = NULL;
  pid_t pid;
  int rc = 0;
  if (read_address (folder, &command, &json))
    {
      if (json_object_get (json, "copied"))
        rc = azml__container_bring_back (folder, json, &command, err);
      azml__words_add (&command.argv, "rm");
      azml__words_add (&command.argv, "--force");
      azml__words_add (&command.argv, "--volumes");
      azml__words_add (&command.argv, azml__json_string (json, "name"));
      if (azml__command_start (&command, &pid, NULL) == 0
          && azml__container_wait (pid))
        unlinkat (folder, "container/engine.json", 0); /* once is enough */
    }
  azml__command_done (&command);
  return rc;
}

void
azml__container_remove (int folder)
{
  azml__container_take_leave (folder, NULL);
}

void
azml__container_tidy (int folder)
{
  azml__file_remove_tree (folder, "container", NULL);
}

/* remove.c: the end of a container, whoever brings it about.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/remove.h"

#include <unistd.h>

#include "container/address.h"
#include "container/copy-out.h"
#include "core/file.h"

int
azml__container_take_leave (int folder, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  AZML_AUTO (json_t) json = NULL;
  pid_t pid;
  int rc = 0;
  if (azml__address_read (folder, &command, &json))
    {
      if (json_object_get (json, "copied"))
        rc = azml__container_bring_back (folder, json, &command, err);
      azml__words_add (&command.argv, "rm");
      azml__words_add (&command.argv, "--force");
      azml__words_add (&command.argv, "--volumes");
      azml__words_add (&command.argv, azml__json_string (json, "name"));
      if (azml__command_start (&command, &pid, NULL) == 0
          && azml__address_wait (pid))
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

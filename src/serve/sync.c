/* sync.c: sync: all runs are on disk.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   One call for the whole file system: for many runs of a moment it is a fraction of what
   fsync costs for each.  */

#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "core/file.h"
#include "serve/private.h"

static int
sync_runs (azml__task *task, const json_t *args, json_t **ret, azml_error **err)
{
  AZML_AUTO_CLOSE int runs = -1;
  (void)args;
  int rc = azml__folder_open (task->layout->runs, &runs, err);
  if (rc < 0)
    return rc;
  if (syncfs (runs) < 0)
    return azml__error_os (err, errno, "write '%s' to the disk",
                           task->layout->runs);
  *ret = json_object ();
  return *ret ? 0 : azml__error_no_memory (err);
}

int
azml__serve_sync (azml__request *request, const json_t *args, azml_error **err)
{
  return azml__serve_task (request, sync_runs, args, err);
}

/* share.c: the folder that all runs of a project share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "charge/share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"

/* The folder that the job names (new), made, with a slash at the end.  */
static char *
make_named_share (const char *name)
{
  const char *home = *name == '~' ? getenv ("HOME") : "";
  const char *rest = *name == '~' ? name + 1 : name;
  size_t n = strlen (rest);
  while (n && rest[n - 1] == '/')
    n--;
  char *path = home ? azml__path_format ("%s%.*s/", home, (int)n, rest) : NULL;
  if (path)
    azml__folder_make (path, 0700, NULL);
  return path;
}

char *
azml__share_folder (const azml__charge *charge, const azml__job *job)
{
  if (job->share)
    return make_named_share (job->share);
  AZML_AUTO (json_t) run = azml__charge_run (charge);
  const char *project = azml__json_string (run, "project");
  if (!project || strchr (project, '/') || !azml__path_is_inside (project))
    return NULL;
  AZML_AUTO_FREE char *above = azml__path_join (charge->root, "share");
  char *path = above ? azml__path_format ("%s/%s/", above, project) : NULL;
  if (!path)
    return NULL;
  if (mkdir (path, 0700) < 0 && errno == ENOENT)
    {
      azml__folder_make (above, 0700, NULL);
      mkdir (path, 0700);
    }
  return path;
}

/* runs.h: a project in a temporary folder, with runs made by hand.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_RUNS_H
#define AZML_TESTS_RUNS_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/path.h"
#include "run/project.h"

/* A new folder (new string); removed by scratch_remove.  */
__attribute__ ((unused)) static char *
scratch_make (void)
{
  const char *tmp = getenv ("TMPDIR");
  char *path =
      azml__path_format ("%s/azml-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!path || !mkdtemp (path))
    {
      printf ("Bail out! no temporary folder\n");
      exit (1);
    }
  return path;
}

__attribute__ ((unused)) static void
scratch_remove (char *path)
{
  azml__file_remove_tree (AT_FDCWD, path, NULL);
  free (path);
}

/* A project in a new folder.  */
__attribute__ ((unused)) static azml__project *
scratch_project (void)
{
  azml__project *project = NULL;
  AZML_AUTO_FREE char *folder = scratch_make ();
  if (azml__project_open (folder, 1, &project, NULL) < 0)
    {
      printf ("Bail out! no project in %s\n", folder);
      exit (1);
    }
  return project;
}

__attribute__ ((unused)) static void
scratch_project_remove (azml__project *project)
{
  azml__file_remove_tree (AT_FDCWD, project->root, NULL);
  azml__project_free (project);
}

/* Write TEXT to the file NAME of run ID (NULL: no file).  */
__attribute__ ((unused)) static void
scratch_file (const azml__project *project, const char *id, const char *name,
              const char *text)
{
  AZML_AUTO_FREE char *folder = azml__path_join (project->runs, id);
  AZML_AUTO_FREE char *file = azml__path_join (folder, name);
  mkdir (folder, 0700);
  if (!text)
    return;
  FILE *out = fopen (file, "w");
  if (!out || fputs (text, out) < 0 || fclose (out) != 0)
    {
      printf ("Bail out! cannot write %s\n", file);
      exit (1);
    }
}

#endif

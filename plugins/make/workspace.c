/* workspace.c: the project whose makefile it is.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Opened when a function first asks, because most makes only look at time stamps.  */

#include <config.h>

#include "make.h"

static azml_project *project;
static azml_history *history;

int
azml_make_project (azml_project **ret)
{
  azml_error *err = NULL;
  if (!project && azml_project_open (".", 0, &project, &err) < 0)
    return azml_make_fail_with (err);
  *ret = project;
  return 0;
}

int
azml_make_history (azml_history **ret)
{
  azml_error *err = NULL;
  azml_project *here = NULL;
  int rc = azml_make_project (&here);
  if (rc < 0)
    return rc;
  if (!history && azml_history_open (here, &history, &err) < 0)
    return azml_make_fail_with (err);
  *ret = history;
  return 0;
}

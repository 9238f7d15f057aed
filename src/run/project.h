/* project.h: a project's .azml folder.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUN_PROJECT_H
#define AZML_RUN_PROJECT_H

#include <azml/project.h>
#include <jansson.h>

#include "core/error.h"

typedef struct azml__project
{
  char *root;   /* the folder that holds .azml, absolute */
  char *folder; /* root/.azml */
  char *id;
  char *runs;    /* folder/runs */
  char *objects; /* folder/objects */
  char *index;   /* folder/index.db */
} azml__project;

void azml__project_free (azml__project *project);
AZML_DEFINE_AUTO (azml__project, azml__project_free)

/* Find the project that START is in, upward like .git.  CREATE: make one in START
   if there is none (.azml with mode 0700, a random id, a .gitignore with "*").
   Store it (new) in *RET.  AZML_E_NOT_FOUND: no project above START.  */
int azml__project_open (const char *start, int create, azml__project **ret,
                        azml_error **err);

/* Read run.json and status.json of run ID: {"id", "run": {...}, "status": {...} or
   absent, "alive": bool, "directory": path} (new).  AZML_E_NOT_FOUND.  */
int azml__project_run (const azml__project *project, const char *id, json_t **ret,
                       azml_error **err);

/* The id (new) that the unique PREFIX or the alias (the Workbench form) or "last", or
   "last~1", the one before it, means.  Looks at the folders and, for an alias, at run.json.  AZML_E_NOT_FOUND,
   AZML_E_AMBIGUOUS: the hint lists some.  */
int azml__project_find_run (const azml__project *project, const char *prefix,
                            char **ret_id, azml_error **err);

/* What the public object PROJECT stands for.  Borrowed.  */
const azml__project *azml__project_of (const azml_project *project);

#endif

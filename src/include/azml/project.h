/* azml/project.h: a folder whose runs are recorded.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROJECT_H
#define AZML_PROJECT_H

#include <azml/error.h>

AZML_BEGIN_DECLS

/* A project: a folder with a subfolder .azml, found upward like .git.  Reference
   counted with atomic operations.  */
typedef struct azml_project azml_project;

/* Find the project that FOLDER is in.  CREATE: if there is none, make one in FOLDER.
   On success store it (new) in *RET.
   AZML_E_NOT_FOUND: no project in FOLDER or above.
   AZML_E_DENIED: it belongs to another user.  */
AZML_API AZML_MUST_CHECK int
azml_project_open (const char *folder, int create, azml_project **ret,
                   azml_error **err);

/* Take a reference; return PROJECT.  NULL is fine.  */
AZML_API azml_project *azml_project_ref (azml_project *project);

/* Drop a reference.  NULL is fine.  */
AZML_API void azml_project_unref (azml_project *project);

/* Return the random id that every run of PROJECT carries.  Borrowed.  */
AZML_API const char *azml_project_id (const azml_project *project);

/* Return the folder that holds .azml, absolute.  Borrowed.  */
AZML_API const char *azml_project_root (const azml_project *project);

AZML_END_DECLS

#endif

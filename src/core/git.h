/* git.h: the git repository that a folder is in.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_GIT_H
#define AZML_CORE_GIT_H

#include <sys/types.h>

#include "core/error.h"

typedef struct azml__git
{
  char *root;   /* the work tree */
  char *folder; /* its git folder: .git, or where that file leads */
  char *common; /* the part that all its work trees share, often FOLDER */
  int foreign;  /* it belongs to OWNER, not to us, and git refuses it */
  uid_t owner;
} azml__git;

void azml__git_done (azml__git *git);
#define AZML_AUTO_GIT AZML_CLEANUP (azml__git_done) azml__git

/* Find the repository that FOLDER is in; *RET->root is NULL if there is none.
   Its files may be what somebody else has put there (git's safe.directory): a caller leaves
   one that is foreign alone.  */
int azml__git_find (const char *folder, azml__git *ret, azml_error **err);

#endif

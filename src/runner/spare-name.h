/* spare-name.h: what the name of a spare tree tells.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_SPARE_NAME_H
#define AZML_RUNNER_SPARE_NAME_H

#include "runner/spare.h"

#define AZML__SPARE_FOLDER ".spare"   /* in the folder of the runs */
#define AZML__SPARE_MAKING ".making-" /* before the name of one that is not whole */

/* BOOT.UMASK.PROJECT.DIGEST: nothing is flushed to the disk, so a tree counts only until
   the next boot; its files were made under this umask.  */
typedef struct azml__spare_name
{
  char boot[40];
  unsigned umask;
  char project[65];
  char digest[AZML__DIGEST_HEX_SIZE];
} azml__spare_name;

#define AZML__SPARE_NAME 200

/* The name of the tree that is the source of RUNNER's run.  Return 0 if it can have
   none.  */
int azml__spare_name_of (const azml__runner *runner, azml__spare_name *ret);

void
azml__spare_name_write (const azml__spare_name *name, char text[AZML__SPARE_NAME]);

/* Return 0 if TEXT is no such name.  */
int azml__spare_name_read (const char *text, azml__spare_name *ret);

#endif

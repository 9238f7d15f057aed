/* tracked.h: the files that git tracks.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_TRACKED_H
#define AZML_SNAPSHOT_TRACKED_H

#include <azml/cancel.h>
#include <stddef.h>

#include "core/error.h"

/* Names relative to a folder.  */
typedef struct azml__tracked
{
  char *text;   /* all names, each with its NUL */
  char **names; /* into TEXT */
  size_t count;
} azml__tracked;

#define AZML__TRACKED_INIT                                                         \
  {                                                                                \
    NULL, NULL, 0                                                                  \
  }
void azml__tracked_done (azml__tracked *tracked);

/* Ask git which files below the folder SOURCE it tracks; those of .azml and of the
   folder's own outputs are left out, as they are from every snapshot.  AZML_E_NOT_FOUND:
   SOURCE is in no repository, or there is no git.  */
int azml__tracked_list (const char *source, azml_cancel *cancel, azml__tracked *ret,
                        azml_error **err);

#endif

/* foreign.h: what others own in a tree of ours.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_FOREIGN_H
#define AZML_CORE_FOREIGN_H

#include "core/error.h"

/* 0 if this user can remove the folder PATH with all that is in it, as far as that can be seen.
   AZML_E_DENIED: somebody else owns a folder in it that is not empty; nothing is changed.  */
int azml__foreign_check (const char *path, azml_error **err);

#endif

/* inner-owner.h: whose the files are that a container's root has made.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_INNER_OWNER_H
#define AZML_CONTAINER_INNER_OWNER_H

/* What the run has left in the run directory FOLDER is given to the owner of that.  For root,
   where the same number is root outside; nothing else otherwise.  */
void azml__inner_give_back (int folder);

#endif

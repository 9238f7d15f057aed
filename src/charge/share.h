/* share.h: the folder that all runs of a project share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHARGE_SHARE_H
#define AZML_CHARGE_SHARE_H

#include "charge/charge.h"
#include "charge/job.h"

/* That folder of this machine (new), with a slash at the end; it is made.  NULL: there is
   none.  */
char *azml__share_folder (const azml__charge *charge, const azml__job *job);

#endif

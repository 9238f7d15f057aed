/* holder.h: the run that a process is a part of, as the leases of GPUs tell it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A process carries the id of its run in its variables, which nobody may read but its user.
   Who its parents are may be read by all.  */

#ifndef AZML_PROCESS_HOLDER_H
#define AZML_PROCESS_HOLDER_H

#include "lease/table.h"

/* The run in TABLE (borrowed from it) that holds GPUs and whose runner is PID or started
   it, the nearest one; NULL if there is none.  */
const azml__lease_name *
azml__holder_above (const azml__lease_table *table, pid_t pid);

#endif

/* holder.c: the run that a process is a part of, as the leases of GPUs tell it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/holder.h"

#include <unistd.h>

#include "process/tree.h"

#define DEEPEST 1000 /* generations */

/* 1 if process PID may be the one that NAME was signed by: a number may be another's by now,
   and that one began later.  */
static int
is_signer (const azml__lease_name *name, pid_t pid)
{
  uint64_t start = azml__process_start (pid);
  return name->pid == pid && start
         && (int64_t)(start * 1000000 / (uint64_t)sysconf (_SC_CLK_TCK))
                <= name->since;
}

const azml__lease_name *
azml__holder_above (const azml__lease_table *table, pid_t pid)
{
  size_t n;
  const azml__lease_entry *held =
      azml__lease_table_kind (table, AZML__LEASE_HELD, &n);
  for (int i = 0; n && pid > 1 && i < DEEPEST; i++)
    {
      for (size_t k = 0; k < n; k++)
        if (is_signer (&held[k].name, pid))
          return &held[k].name;
      pid = azml__process_parent (pid);
    }
  return NULL;
}

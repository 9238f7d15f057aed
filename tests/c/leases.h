/* leases.h: GPUs that are there for a test alone.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_LEASES_H
#define AZML_TESTS_LEASES_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "lease/queue.h"

#define GPUS 3

/* UUIDs of this test alone: the names are those of the whole machine.  In the order in
   which GPUs are taken.  */
static char uuids[GPUS][48];

__attribute__ ((unused)) static void
make_uuids (void)
{
  srandom ((unsigned)azml__clock_boot_us () ^ (unsigned)getpid ());
  for (int i = 0; i < GPUS; i++)
    snprintf (uuids[i], sizeof uuids[i],
              "GPU-%c%07lx-%04lx-0000-0000-00000000000%d", 'a' + i,
              (unsigned long)random () & 0xfffffff,
              (unsigned long)getpid () & 0xffff, i);
}

__attribute__ ((unused)) static azml__gpu_list *
make_list (void)
{
  azml__gpu_list *list = calloc (1, sizeof *list);
  list->gpus = calloc (GPUS, sizeof *list->gpus);
  list->count = GPUS;
  list->pids_visible = 1;
  for (int i = 0; i < GPUS; i++)
    {
      list->gpus[i] = (azml__gpu){ .index = i,
                                   .parent = -1,
                                   .gi = -1,
                                   .ci = -1,
                                   .memory_total = (int64_t)16 << 30,
                                   .memory_free = (int64_t)15 << 30,
                                   .capability = 80,
                                   .processes_listed = 1 };
      list->gpus[i].uuid = strdup (uuids[i]);
      list->gpus[i].model = strdup (i < 2 ? "NVIDIA A100" : "NVIDIA L4");
    }
  return list;
}

__attribute__ ((unused)) static int
count_leases (void)
{
  AZML_AUTO_LEASE_TABLE table = { 0 };
  int n = 0;
  if (azml__lease_table_read (&table, NULL) < 0)
    return -1;
  for (int i = 0; i < GPUS; i++)
    {
      const azml__lease_unit *unit = azml__lease_table_unit (&table, uuids[i]);
      n += unit && unit->leased;
    }
  return n;
}

#endif

/* usage.h: CPU time and memory of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROCESS_USAGE_H
#define AZML_PROCESS_USAGE_H

#include <jansson.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

typedef struct azml__usage
{
  int64_t user_us;
  int64_t system_us;
  int64_t peak_process; /* bytes, the largest single process */
  int64_t peak_tree;    /* bytes, the largest sum over the tree, sampled */
} azml__usage;

/* Add what a reaped child (and the children it had reaped) used.  */
void azml__usage_add (azml__usage *usage, const struct rusage *used);

/* Look at the memory of the N processes at PIDS now.  */
void azml__usage_sample (azml__usage *usage, const pid_t *pids, size_t n);

/* Put "cpu" and "memory" into STATUS.  */
void azml__usage_report (const azml__usage *usage, json_t *status);

#endif

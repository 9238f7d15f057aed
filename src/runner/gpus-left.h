/* gpus-left.h: processes of a run that are left on GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_GPUS_LEFT_H
#define AZML_RUNNER_GPUS_LEFT_H

#include <stdint.h>

#include "charge/charge.h"

/* Where to look for them, all borrowed.  */
typedef struct azml__gpus_left
{
  azml__charge *charge;
  const char *smi;   /* nvidia-smi */
  const char *uuids; /* of whole GPUs, commas between; NULL: all of the machine */
  /* 1 if process PID, which began at START, is known to be the run's; NULL: only its own
     variables tell.  */
  int (*is_known) (pid_t pid, uint64_t start, void *data);
  void *data;
  /* Of the last look.  */
  int told; /* nvidia-smi answered */
  int count;
} azml__gpus_left;

/* Kill the run's processes that the driver still lists, and put into JSON ("gpu" of
   status.json) how many were killed and how many could not be.  Where nvidia-smi does not
   answer the latter is not known, and not put there.  */
void azml__gpus_left_kill (azml__gpus_left *left, json_t *json);

/* In place of a runner that is dead: put into STATUS what the samples of the run say, and
   see that it left its GPUs.  RESTARTED: the machine was since then, nothing is left.  */
void azml__gpus_left_settle (azml__charge *charge, json_t *status, int restarted);

#endif

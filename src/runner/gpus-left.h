/* gpus-left.h: processes of a run that are left on GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_GPUS_LEFT_H
#define AZML_RUNNER_GPUS_LEFT_H

#include <stdint.h>

#include "charge/charge.h"
#include "gpu/gpu.h"

/* Where to look for them, all borrowed; and what was seen.  */
typedef struct azml__gpus_left
{
  azml__charge *charge;
  const char *uuids; /* of whole GPUs, commas between; NULL: all of the machine */
  int usual_ms;      /* how long nvidia-smi took before the run; 0: not known */
  /* 1 if process PID, which began at START, is known to be the run's; NULL: only its own
     variables tell.  */
  int (*is_known) (pid_t pid, uint64_t start, void *data);
  void *data;
  /* Of the last look.  */
  azml__gpu_list *list; /* owned; NULL: not asked, or there was no answer */
  char *problem;        /* why it is not known who is left, or NULL */
  int count;
} azml__gpus_left;

void azml__gpus_left_done (azml__gpus_left *left);
#define AZML_AUTO_GPUS_LEFT AZML_CLEANUP (azml__gpus_left_done) azml__gpus_left

/* Kill the run's processes that the driver still lists, and put into JSON ("gpu" of
   status.json) how many were killed and how many could not be.  Where nvidia-smi does not
   answer soon the latter is not known: then the reason is put there, and nothing waited
   for.  */
void azml__gpus_left_kill (azml__gpus_left *left, json_t *json);

/* Tell those who wait for LEASE which of its GPUs nobody is on.  */
void azml__gpus_left_tell (const azml__gpus_left *left, azml__lease *lease);

/* In place of a runner that is dead: put into STATUS what the samples of the run say, and
   see that it left its GPUs.  RESTARTED: the machine was since then, nothing is left.  */
void azml__gpus_left_settle (azml__charge *charge, json_t *status, int restarted);

#endif

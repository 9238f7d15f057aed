/* inside.h: a run that was started inside another one, which has GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The outer run keeps its GPUs as long as it lasts, and what it started ends with it.  So
   an inner one that waits for them waits for ever.  One that says nothing about GPUs has
   those of the outer one.  */

#ifndef AZML_RUNNER_INSIDE_H
#define AZML_RUNNER_INSIDE_H

#include "lease/queue.h"

/* May this process wait for what QUEUE wants by REQUEST?  0: yes.  1: never, but it goes
   without: what the outer run sees is for it, too.  AZML_E_BUSY: never.  */
int azml__inside_check (const azml__lease_queue *queue,
                        const azml__gpu_request *request, azml_error **err);

/* 1 if run ID is the one inside which this process is, as TABLE tells.  */
int azml__inside_is (const azml__lease_table *table, const char *id);

#endif

/* rest.h: waiting with next to no memory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Keeper and runner mostly wait, for hours, beside a job that wants the memory.  */

#ifndef AZML_PROCESS_REST_H
#define AZML_PROCESS_REST_H

#include <time.h>

/* ppoll (NULL, 0, TIMEOUT, no signal blocked), TIMEOUT NULL: for ever.  Before that the
   program's own code and constants, and the unused part of the stack, are given back;
   they come back by themselves when they are touched.  */
void azml__rest (const struct timespec *timeout);

#endif

/* interrupt.h: interrupts that came while C worked.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GUILE_INTERRUPT_H
#define AZML_GUILE_INTERRUPT_H

/* Throw what an interrupt threw while azml__guile_blocking worked, if it did.  */
void azml__guile_rethrow_interrupt (void);

#endif

/* interrupt.h: interrupts that came while C worked.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GUILE_INTERRUPT_H
#define AZML_GUILE_INTERRUPT_H

#include <libguile.h>

/* THROWN, (KEY . ARGS), is what an interrupt threw while azml__guile_blocking worked: throw
   it again after the primitive, unless that throws before.  */
void azml__guile_keep_interrupt (SCM thrown);

/* Throw what is kept, if anything is.  */
void azml__guile_rethrow_interrupt (void);

#endif

/* binding.c: what the binding files of all nouns share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/binding.h"

void
azml__guile_define (const char *name, int required, int optional, void *function)
{
  scm_c_define_gsubr (name, required, optional, 0, function);
}

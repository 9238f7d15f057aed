/* interrupt.c: an interrupt that came while C worked, thrown when that is over.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/interrupt.h"

#include "guile/binding.h"

/* What was thrown during the last blocking call of this thread: (KEY . ARGS) in a fluid,
   or #f.  */
static SCM interrupt;
static SCM rethrow_procedure;

void
azml__guile_keep_interrupt (SCM thrown)
{
  scm_fluid_set_x (interrupt, thrown);
  scm_system_async_mark (rethrow_procedure);
}

void
azml__guile_rethrow_interrupt (void)
{
  SCM thrown = scm_fluid_ref (interrupt);
  if (scm_is_false (thrown))
    return;
  scm_fluid_set_x (interrupt, SCM_BOOL_F);
  scm_throw (SCM_CAR (thrown), SCM_CDR (thrown));
}

static SCM
rethrow (void)
{
  azml__guile_rethrow_interrupt ();
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_interrupt (void)
{
  interrupt = scm_permanent_object (scm_make_fluid ());
  rethrow_procedure = scm_permanent_object (
      scm_c_make_gsubr ("%rethrow-interrupt", 0, 0, 0, rethrow));
}

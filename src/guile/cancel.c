/* cancel.c: the token that every blocking call gets.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/binding.h"

static azml_cancel *token;

azml_cancel *
azml__guile_cancel (void)
{
  return token;
}

static SCM
cancel_reset (void)
{
  azml_cancel_clear (token);
  return SCM_UNSPECIFIED;
}

static SCM
cancel_set (void)
{
  azml_cancel_set (token);
  return SCM_UNSPECIFIED;
}

static SCM
cancel_p (void)
{
  return scm_from_bool (azml_cancel_is_set (token));
}

void
azml__guile_init_cancel (void)
{
  azml_error *err = NULL;
  if (!token && azml_cancel_new (&token, &err) < 0)
    azml__guile_throw ("azml_guile_init", err);
  azml__guile_define ("%cancel-reset!", 0, 0, cancel_reset);
  azml__guile_define ("%cancel!", 0, 0, cancel_set);
  azml__guile_define ("%cancelled?", 0, 0, cancel_p);
}

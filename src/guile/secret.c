/* secret.c: what of a text may not be shown.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/secret.h"

#include <stdlib.h>
#include <string.h>

#include "guile/binding.h"

/* TEXT with *** in place of passwords and tokens in addresses.  */
static SCM
secret_hide (SCM text)
{
  const char *bytes = azml__guile_to_text (text, "%secret-hide", 1);
  return azml__guile_take_text (azml__secret_hide (bytes));
}

/* Whether TEXT speaks of a password, a token, a key.  */
static SCM
secret_is_name (SCM text)
{
  const char *name = azml__guile_to_text (text, "%secret-name?", 1);
  return scm_from_bool (azml__secret_is_name (name, strlen (name)));
}

void
azml__guile_init_secret (void)
{
  azml__guile_define ("%secret-hide", 1, 0, secret_hide);
  azml__guile_define ("%secret-name?", 1, 0, secret_is_name);
}

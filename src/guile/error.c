/* error.c: azml_error to a Scheme condition.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   (azml errors) makes and raises the condition; it is loaded by the first error,
   not at start.  */

#include <config.h>

#include "guile/binding.h"

#include <stdlib.h>
#include <string.h>

#include "guile/interrupt.h"

/* (raise-core-error WHO CODE DOMAIN NATIVE MESSAGE HINT), found once.  */
static SCM raise_core_error = SCM_BOOL_F;

void
azml__guile_throw (const char *who, azml_error *err)
{
  int code = azml_error_code (err);
  SCM arguments = scm_list_n (
      scm_from_utf8_symbol (who), scm_from_utf8_symbol (azml_code_name (code)),
      scm_from_utf8_symbol (azml_domain_name (azml_error_domain (err))),
      scm_from_int (azml_error_native (err)),
      azml__guile_from_text (azml_error_message (err)),
      azml__guile_from_text (azml_error_hint (err)), SCM_UNDEFINED);
  azml_error_free (err);
  azml__guile_rethrow_interrupt ();
  if (scm_is_false (raise_core_error))
    raise_core_error =
        scm_permanent_object (scm_c_public_ref ("azml errors", "raise-core-error"));
  scm_apply_0 (raise_core_error, arguments);
  abort (); /* raise-core-error does not return */
}

/* All codes and what they mean: ((not-found . "the thing named ...") ...).  */
static SCM
error_codes (void)
{
  SCM list = SCM_EOL;
  for (int code = AZML_E_FAILED; strcmp (azml_code_name (code), "unknown") != 0;
       code--)
    list = scm_acons (scm_from_utf8_symbol (azml_code_name (code)),
                      azml__guile_from_text (azml_code_doc (code)), list);
  return scm_reverse_x (list, SCM_EOL);
}

/* Throw the error that CODE, a number below 0, and TEXT make: so that the way from
   C to Scheme can be tried for each code.  */
static SCM
error_throw (SCM code, SCM text)
{
  azml_error *err = NULL;
  int number = (int)azml__guile_to_integer (code, -1000, -1, "%error-throw", 1);
  const char *message = azml__guile_to_text (text, "%error-throw", 2);
  azml__error_set (&err, number, AZML_DOMAIN_CORE, 0, "%s", message);
  azml__guile_throw ("%error-throw", err);
}

void
azml__guile_init_error (void)
{
  azml__guile_define ("%error-codes", 0, 0, error_codes);
  azml__guile_define ("%error-throw", 2, 0, error_throw);
}

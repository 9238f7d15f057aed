/* verb.c: what a verb of azml-runner says when it cannot do its work.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "serve/verb.h"

#include <stdio.h>

int
azml__verb_fail (const azml_error *err, int status)
{
  fprintf (stderr, "azml-runner: %s\n", azml_error_message (err));
  if (azml_error_hint (err))
    fprintf (stderr, "hint: %s\n", azml_error_hint (err));
  return status;
}

int
azml__verb_usage (const char *verb, const char *message)
{
  fprintf (stderr, "azml-runner %s: %s\nTry 'azml-runner --help'.\n", verb,
           message);
  return AZML__EXIT_USAGE;
}

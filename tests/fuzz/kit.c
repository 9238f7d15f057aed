/* kit.c: fuzz what a machine says before there is a runner.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A word is a whole line, and what comes behind it does not matter.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "channel/kit.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *rest = NULL, *again = NULL;
  AZML_AUTO (azml_error) err = NULL;
  size_t start = 0, end = 0, other = 0;
  azml__buffer_add (&text, data, n);
  azml__kit_word word = azml__kit_parse (&text, &start, &end, &rest);
  if (word == AZML__KIT_NOTHING)
    return 0;
  if (start >= end || end > n || data[end - 1] != '\n'
      || memcmp (data + start, "azml-", 5) != 0)
    abort ();
  if (word == AZML__KIT_FAIL && azml__kit_fail (rest, &err) >= 0)
    abort ();
  if (word == AZML__KIT_ASK)
    (void)!azml__kit_check_machine (rest, "Linux x86_64", &err);
  text.length = end;
  if (azml__kit_parse (&text, &other, &other, &again) != word)
    abort ();
  free (azml_steal (&again));
  text.length = end - 1;
  if (azml__kit_parse (&text, &other, &other, &again) != AZML__KIT_NOTHING)
    abort ();
  return 0;
}

/* scan.c: fuzz the scan of recipes for names.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Whatever the input, the names are pieces of it, one behind the other.  */

#include <config.h>

#include <stdlib.h>

#include "cli/scan.h"
#include "fuzz.h"

typedef struct place
{
  const char *at, *end;
} place;

static void
check (const char *name, size_t length, void *data)
{
  place *rest = data;
  if (name < rest->at || name > rest->end || length > (size_t)(rest->end - name))
    abort ();
  rest->at = name + length;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  static const char *const heads[] = { "experiment", "compute-target" };
  const char *text = (const char *)data;
  for (int i = 0; i < 2; i++)
    {
      place rest = { text, text + n };
      azml__scan_names (text, n, heads[i], check, &rest);
    }
  place rest = { text, text + n };
  azml__scan_parameters (text, n, check, &rest);
  return 0;
}

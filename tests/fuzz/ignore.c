/* ignore.c: fuzz the ignore rules.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Up to the last NUL the input is an ignore file, behind it a path.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/path.h"
#include "fuzz.h"
#include "snapshot/ignore.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO (azml__ignore) rules = NULL;
  AZML_AUTO (azml__ignore) below = NULL;
  const uint8_t *nul = n ? memrchr (data, 0, n) : NULL;
  size_t length = nul ? (size_t)(nul - data) : n;
  AZML_AUTO_FREE char *path =
      nul ? strndup ((const char *)nul + 1, n - length - 1) : strdup ("a/b");
  if (!path || !azml__path_is_inside (path))
    return 0;
  if (azml__ignore_parse ((const char *)data, length, 0, NULL, &rules, NULL) < 0)
    abort ();
  int is_out = azml__ignore_match (rules, path, 0);
  azml__ignore_match (rules, path, 1);
  /* An empty file further down changes nothing, a star takes all.  */
  const char *slash = strchr (path, '/');
  size_t base = slash ? (size_t)(slash + 1 - path) : 0;
  if (azml__ignore_parse ("", 0, base, rules, &below, NULL) < 0
      || azml__ignore_match (below, path, 0) != is_out)
    abort ();
  azml__ignore_free (azml_steal (&below));
  if (azml__ignore_parse ("*\n", 2, base, rules, &below, NULL) < 0
      || !azml__ignore_match (below, path, 0))
    abort ();
  return 0;
}

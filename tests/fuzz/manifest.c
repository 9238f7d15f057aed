/* manifest.c: fuzz the reading of manifests.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/path.h"
#include "fuzz.h"
#include "snapshot/manifest.h"

/* What is taken must stay inside, and be the one text for what it says.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = azml__manifest_decode (data, n, &manifest, &err);
  if (rc != azml_error_code (err))
    abort ();
  if (rc < 0)
    return 0;
  for (size_t i = 0; i < manifest.count; i++)
    if (!azml__path_is_inside (manifest.entries[i].path))
      abort ();
  if (azml__manifest_encode (&manifest, &text, NULL) < 0 || text.length != n
      || memcmp (text.data, data, n) != 0
      || azml__manifest_sort (&manifest, NULL) < 0)
    abort ();
  return 0;
}

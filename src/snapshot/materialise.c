/* materialise.c: make a stored source tree real.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/maker.h"

#include <string.h>
#include <unistd.h>

static void
report (azml__maker *maker, azml__materialise_report *ret_report,
        json_t **ret_linked)
{
  if (ret_report)
    *ret_report = maker->report;
  if (ret_linked)
    *ret_linked = azml_steal (&maker->linked);
}

int
azml__snapshot_materialise (azml__objects *objects, const azml__digest *digest,
                            const char *target, azml_cancel *cancel,
                            azml__materialise_report *ret_report,
                            json_t **ret_linked, azml_error **err)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO_MAKER maker = AZML__MAKER_INIT;
  int rc = azml__manifest_load (objects, digest, &manifest, err);
  if (rc == 0)
    rc = azml__maker_open (&maker, objects, target, 1, cancel, err);
  maker.may_link = maker.may_link && ret_linked;
  for (size_t i = 0; rc == 0 && i < manifest.count; i++)
    rc = azml__maker_make (&maker, &manifest.entries[i], err);
  if (rc == 0)
    report (&maker, ret_report, ret_linked);
  return rc;
}

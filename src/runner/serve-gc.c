/* serve-gc.c: gc.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/json.h"
#include "runner/serve-private.h"

#define AGE 3600      /* seconds, unless the request says otherwise */
#define GC_PART 10000 /* entries in one frame */

static int
collect (azml__task *task, const json_t *args, json_t **ret, azml_error **err)
{
  const json_t *number = json_object_get (args, "age");
  AZML_AUTO (json_t) removed = NULL;
  AZML_AUTO (json_t) part = json_array ();
  double age = AGE;
  if (number && (azml__json_get_number (number, &age) < 0 || !(age >= 0)))
    return azml__error (err, AZML_E_INVALID,
                        "gc: \"age\" is not a time in seconds");
  int dry_run = json_is_true (json_object_get (args, "dry_run"));
  int rc = azml__gc (task->layout, dry_run, age, &removed, err);
  for (size_t i = 0; rc == 0 && i < json_array_size (removed); i++)
    {
      json_array_append (part, json_array_get (removed, i));
      if (json_array_size (part) < GC_PART)
        continue;
      azml__task_event (task, json_pack ("{s:O}", "removed", part));
      json_array_clear (part);
    }
  if (rc == 0)
    *ret = json_pack ("{s:O}", "removed", part);
  return rc;
}

int
azml__serve_gc (azml__request *request, const json_t *args, azml_error **err)
{
  request->serve->complete[0] = '\0';
  return azml__serve_task (request, collect, args, err);
}

/* gc.c: gc, asked for by a client or on the command line.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <stdio.h>

#include "container/image-collect.h"
#include "core/json.h"
#include "environment/environment.h"
#include "serve/garbage.h"
#include "serve/private.h"
#include "serve/verb.h"

/* Seconds that what is being made may stand still, unless the request says otherwise.  */
#define AGE 3600
#define GC_PART 10000 /* entries in one frame */

/* Store the number KEY of JSON, if it is there, in *RET.  */
static int
get_seconds (const json_t *json, const char *key, double *ret, azml_error **err)
{
  const json_t *number = json_object_get (json, key);
  if (number && (azml__json_get_number (number, ret) < 0 || !(*ret >= 0)))
    return azml__error (err, AZML_E_INVALID, "gc: \"%s\" is not a time in seconds",
                        key);
  return 0;
}

/* Only environments, by the policy ENVIRONMENTS.  */
static int
collect_environments (const azml__layout *layout, const json_t *environments,
                      int dry_run, double age, json_t **ret, azml_error **err)
{
  azml__environment_policy policy = { .dry_run = dry_run,
                                      .age = age,
                                      .unused = -1 };
  AZML_AUTO (json_t) removed = json_array ();
  if (!json_is_object (environments))
    return azml__error (err, AZML_E_INVALID,
                        "gc: \"environments\" is not an object");
  int rc = get_seconds (environments, "unused", &policy.unused, err);
  if (rc == 0)
    rc = removed ? azml__environment_collect (layout->root, &policy, removed, err)
                 : azml__error_no_memory (err);
  if (rc == 0)
    rc = azml__image_collect (layout->root, &policy, removed, err);
  if (rc == 0)
    *ret = azml_steal (&removed);
  return rc;
}

static int
collect (azml__task *task, const json_t *args, json_t **ret, azml_error **err)
{
  const json_t *environments = json_object_get (args, "environments");
  AZML_AUTO (json_t) removed = NULL;
  AZML_AUTO (json_t) part = json_array ();
  double age = AGE;
  int dry_run = json_is_true (json_object_get (args, "dry_run"));
  int rc = get_seconds (args, "age", &age, err);
  if (rc == 0)
    rc = environments
             ? collect_environments (task->layout, environments, dry_run, age,
                                     &removed, err)
             : azml__garbage_collect (task->layout, dry_run, age, &removed, err);
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

int
azml__verb_gc (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) removed = NULL;
  json_t *entry;
  size_t i;
  if (azml__garbage_collect (layout, line->dry_run, AGE, &removed, &err) < 0)
    return azml__verb_fail (err, 1);
  json_array_foreach (removed, i, entry)
  {
    const char *name = azml__json_string (entry, "name");
    printf ("%s %s %lld\n", azml__json_string (entry, "what"), name ? name : "?",
            (long long)azml__json_integer (entry, "bytes", 0));
  }
  return 0;
}

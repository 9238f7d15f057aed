/* lease.c: gpus: the leases of the machine, and who waits for one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <stdio.h>

#include "core/json.h"
#include "lease/report.h"
#include "serve/private.h"
#include "serve/verb.h"

static int
read_all (json_t **ret, azml_error **err)
{
  AZML_AUTO_LEASE_TABLE table = { 0 };
  int rc = azml__lease_table_read (&table, err);
  if (rc < 0)
    return rc;
  *ret = azml__lease_table_to_json (&table);
  return *ret ? 0 : azml__error_no_memory (err);
}

int
azml__serve_gpus (azml__request *request, const json_t *args, azml_error **err)
{
  json_t *json = NULL;
  (void)args;
  int rc = read_all (&json, err);
  return rc < 0 ? rc : azml__request_reply (request, json, err);
}

/* Print one line for each lease and each run that waits.  */
static void
print (const json_t *json)
{
  json_t *one;
  size_t i;
  json_array_foreach (json_object_get (json, "leases"), i, one)
  {
    const char *run = azml__json_string (one, "run"),
               *user = azml__json_string (one, "user");
    printf ("held %s by run %s of %s, pid %lld\n", azml__json_string (one, "uuid"),
            run ? run : "?", user ? user : "?",
            (long long)azml__json_integer (one, "pid", 0));
  }
  json_array_foreach (json_object_get (json, "waiting"), i, one)
      printf ("waiting for %lld: run %s of %s, pid %lld\n",
              (long long)azml__json_integer (one, "count", 0),
              azml__json_string (one, "run"), azml__json_string (one, "user"),
              (long long)azml__json_integer (one, "pid", 0));
}

int
azml__verb_gpus (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) json = NULL;
  (void)layout;
  if (line->count)
    return azml__verb_usage ("gpus", "no argument is wanted");
  if (read_all (&json, &err) < 0)
    return azml__verb_fail (err, 1);
  if (line->json)
    {
      json_dumpf (json, stdout, JSON_COMPACT);
      printf ("\n");
    }
  else
    print (json);
  return 0;
}

/* job.c: fuzz job.json.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What is taken must be safe to use: a command, names that stay inside.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/path.h"
#include "fuzz.h"
#include "charge/job.h"

static void
check (const azml__job *job)
{
  const char *folder = job->working_directory;
  if (!job->argv || !job->argv[0] || !(job->grace >= 0 && job->grace < 1e10)
      || !(job->time_limit >= 0 && job->time_limit < 1e10))
    abort ();
  if (folder && strcmp (folder, ".") != 0 && !azml__path_is_inside (folder))
    abort ();
  for (size_t i = 0; i < json_array_size (job->inputs); i++)
    {
      AZML_AUTO_FREE char *name = azml__json_get_bytes (
          json_object_get (json_array_get (job->inputs, i), "name"), NULL);
      if (!name || strchr (name, '/') || !azml__path_is_inside (name))
        abort ();
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO (json_t) json = NULL;
  azml__job job = { 0 };
  if (azml__json_parse ((const char *)data, n, "job.json", &json, NULL) < 0)
    return 0;
  if (azml__job_check (&job, json, "k3v9x2m4q7pz", NULL) == 0)
    check (&job);
  azml__job_done (&job);
  return 0;
}

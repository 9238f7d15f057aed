/* inside.c: a run that was started inside another one, which has GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/inside.h"

#include <string.h>
#include <unistd.h>

#include "lease/report.h"
#include "process/holder.h"

/* The run above this process, which may hold GPUs itself by now; NULL: there is none.  */
static const azml__lease_name *
outer_run (const azml__lease_table *table)
{
  return azml__holder_above (table, getppid ());
}

int
azml__inside_is (const azml__lease_table *table, const char *id)
{
  const azml__lease_name *outer = outer_run (table);
  return outer && strcmp (outer->run, id) == 0;
}

int
azml__inside_check (const azml__lease_queue *queue,
                    const azml__gpu_request *request, azml_error **err)
{
  const azml__gpu_list *list = azml__lease_queue_list (queue);
  const azml__lease_name *outer = outer_run (azml__lease_queue_table (queue));
  int64_t others = 0, kept = 0;
  for (size_t i = 0; outer && i < list->count; i++)
    {
      const azml__lease_name *holder = azml__lease_holder (queue, i);
      if (azml__lease_queue_view (queue, i) == AZML__LEASE_UNFIT)
        continue;
      if (holder && strcmp (holder->run, outer->run) == 0)
        kept++;
      else
        others++;
    }
  if (!kept || (!request->all && others >= request->count))
    return 0;
  if (request->optional)
    return 1;
  int rc =
      azml__error (err, AZML_E_BUSY,
                   "this run was started inside the run %s, which holds %lld of "
                   "the GPUs that it could use for as long as it lasts",
                   outer->run, (long long)kept);
  azml__error_hint (err, "a run that says nothing about GPUs has those of the run "
                         "inside which it is: leave out (gpus ...) and --gpus");
  return rc;
}

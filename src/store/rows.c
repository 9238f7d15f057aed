/* rows.c: a run directory, read for the index.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "run/layout.h"
#include "run/replay.h"
#include "store/internal.h"

void
azml__rows_done (azml__rows *rows)
{
  json_decref (rows->run);
  json_decref (rows->status);
  azml__metrics_free (rows->metrics, rows->n_metrics);
  *rows = (azml__rows){ 0 };
}

static int
check (const json_t *run, const json_t *status, azml_error **err)
{
  const char *id = azml__json_string (run, "id");
  if (!id || !azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_FORMAT, "run.json has no id");
  if (status && azml__state_parse (azml__json_string (status, "state")) < 0)
    return azml__error (err, AZML_E_FORMAT, "status.json has no state");
  return 0;
}

/* The metrics of a run that has ended.  A file that cannot be read is none: the run is
   still one.  */
static int
read_metrics (int folder, azml__rows *rows, azml_error **err)
{
  int state = azml__state_parse (azml__json_string (rows->status, "state"));
  if (folder < 0 || state < 0 || !azml__state_is_terminal ((azml__state)state))
    return 0;
  int rc = azml__metrics_list (folder, &rows->metrics, &rows->n_metrics, NULL);
  return rc == AZML_E_NO_MEMORY ? azml__error_no_memory (err) : 0;
}

static int
read_status (int folder, json_t **ret, azml_error **err)
{
  AZML_AUTO (azml_error) problem = NULL;
  int rc = azml__run_status (folder, ret, &problem);
  if (rc == AZML_E_NOT_FOUND)
    return 0;
  if (rc < 0)
    azml__error_move (err, &problem);
  return rc;
}

int
azml__rows_read (int runs, const char *name, const char *id, azml__rows *ret,
                 azml_error **err)
{
  AZML_CLEANUP (azml__rows_done) azml__rows rows = { 0 };
  AZML_AUTO_CLOSE int folder =
      openat (runs, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return azml__error_os (err, errno, "open the folder '%s'", name);
  int rc = azml__json_read (folder, "run.json", &rows.run, err);
  if (rc == 0)
    rc = read_status (folder, &rows.status, err);
  if (rc == 0)
    rc = check (rows.run, rows.status, err);
  if (rc < 0)
    return rc;
  if (strcmp (azml__json_string (rows.run, "id"), id) != 0)
    return azml__error (err, AZML_E_FORMAT, "run.json is not that of run '%s'", id);
  rc = read_metrics (folder, &rows, err);
  if (rc < 0)
    return rc;
  *ret = rows;
  rows = (azml__rows){ 0 };
  return 0;
}

int
azml__rows_take (const char *runs, const json_t *run, const json_t *status,
                 azml__rows *ret, azml_error **err)
{
  int rc = check (run, status, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *path = azml__path_join (runs, azml__json_string (run, "id"));
  if (!path)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ret->run = json_incref ((json_t *)run);
  ret->status = json_incref ((json_t *)status);
  return read_metrics (folder, ret, err);
}

/* environment.c: probe, environments and build: what the machine has and makes.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/environment.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/json.h"
#include "core/path.h"
#include "lease/gpus.h"
#include "process/holder.h"
#include "serve/private.h"

/* The total of the machine's memory, 0 where it is not told.  */
static json_int_t
memory_bytes (void)
{
  long pages = sysconf (_SC_PHYS_PAGES), size = sysconf (_SC_PAGESIZE);
  return pages > 0 && size > 0 ? (json_int_t)pages * size : 0;
}

/* What PLACE, a folder that may have to be made, offers (new): the free space, and
   whether it can be written to, of the first folder above that exists.  */
static json_t *
describe_place (const char *place)
{
  struct statvfs fs;
  struct stat st;
  AZML_AUTO_FREE char *path = strdup (place);
  while (path && statvfs (path, &fs) < 0)
    {
      char *above = strcmp (path, "/") ? azml__path_folder (path) : NULL;
      free (path);
      path = above;
    }
  return json_pack (
      "{s:o, s:I, s:b}", "path", azml__json_text (place), "free_bytes",
      path ? (json_int_t)fs.f_bavail * (json_int_t)fs.f_frsize : 0, "writable",
      path && stat (path, &st) == 0 && S_ISDIR (st.st_mode)
          && access (path, W_OK | X_OK) == 0);
}

/* What would be done for SPEC here (new); a specification that cannot be met is an
   answer, not a failure.  */
static json_t *
probe_spec (const azml__layout *layout, const json_t *spec)
{
  AZML_AUTO (azml_error) failure = NULL;
  azml__environment_plan plan = { 0 };
  if (azml__environment_make_plan (spec, layout->root, NULL, &plan, &failure) < 0)
    return json_pack ("{s:o}", "error", azml__error_to_json (failure));
  const char *state = !plan.hash                              ? "none"
                      : azml__environment_is_complete (&plan) ? "complete"
                                                              : "absent";
  json_t *json = json_pack ("{s:s, s:s*, s:s*, s:o*, s:s*, s:O*}", "state", state,
                            "hash", plan.hash, "builder", plan.builder, "path",
                            plan.path ? azml__json_text (plan.path) : NULL,
                            "python", plan.python, "steps", plan.steps);
  azml__environment_plan_done (&plan);
  return json;
}

/* Add to the processes on GPUS that do not show to this user which run they are of, what the
   leases tell of that.  */
static void
add_runs (json_t *gpus)
{
  AZML_AUTO_LEASE_TABLE table = { 0 };
  json_t *gpu, *process;
  size_t i, k;
  if (azml__lease_table_read (&table, NULL) < 0)
    return;
  json_array_foreach (gpus, i, gpu)
      json_array_foreach (json_object_get (gpu, "processes"), k, process)
  {
    const azml__lease_name *holder =
        json_object_get (process, "user") && !json_object_get (process, "run")
            ? azml__holder_above (&table,
                                  (pid_t)azml__json_integer (process, "pid", 0))
            : NULL;
    if (holder)
      json_object_set_new (process, "run", json_string (holder->run));
  }
}

/* Add the GPUs to REPLY; who did not ask for them does not wait for nvidia-smi.  */
static int
add_gpus (const json_t *args, json_t *reply, azml_error **err)
{
  AZML_AUTO (azml__gpu_list) list = NULL;
  if (!json_is_true (json_object_get (args, "gpus")))
    return 0;
  int rc = azml__gpu_list_read (0, &list, err);
  if (rc < 0)
    return rc;
  AZML_AUTO (json_t) gpus = azml__gpus_describe (list);
  add_runs (json_object_get (gpus, "gpus"));
  return gpus && json_object_update (reply, gpus) == 0
             ? 0
             : azml__error_no_memory (err);
}

static int
probe (azml__task *task, const json_t *args, json_t **ret, azml_error **err)
{
  const json_t *spec = json_object_get (args, "environment");
  AZML_AUTO (json_t) reply = NULL;
  struct utsname system;
  memset (&system, 0, sizeof system);
  uname (&system);
  int rc = azml__environment_probe (task->layout->root, NULL,
                                    json_object_get (args, "modules"), &reply, err);
  if (rc < 0)
    return rc;
  json_t *runs = describe_place (task->layout->runs);
  AZML_AUTO (json_t)
  machine = json_pack ("{s:I, s:I, s:O*, s:s, s:[], s:{s:o*, s:o*}}", "cores",
                       (json_int_t)sysconf (_SC_NPROCESSORS_ONLN), "memory_bytes",
                       memory_bytes (), "disk_free_bytes",
                       json_object_get (runs, "free_bytes"), "system",
                       system.sysname, "gpus", "places", "runs", runs, "root",
                       describe_place (task->layout->root));
  if (!machine || json_object_update (reply, machine) < 0)
    return azml__error_no_memory (err);
  rc = add_gpus (args, reply, err);
  if (rc < 0)
    return rc;
  if (spec && !json_is_null (spec))
    json_object_set_new (reply, "environment", probe_spec (task->layout, spec));
  *ret = azml_steal (&reply);
  return 0;
}

int
azml__serve_probe (azml__request *request, const json_t *args, azml_error **err)
{
  return azml__serve_task (request, probe, args, err);
}

static int
environments (azml__task *task, const json_t *args, json_t **ret, azml_error **err)
{
  json_t *list;
  (void)args;
  int rc = azml__environment_list (task->layout->root, &list, err);
  if (rc == 0)
    *ret = json_pack ("{s:o}", "environments", list);
  return rc;
}

int
azml__serve_environments (azml__request *request, const json_t *args,
                          azml_error **err)
{
  return azml__serve_task (request, environments, args, err);
}

static void
build_event (json_t *event, void *data)
{
  azml__task_event (data, json_incref (event));
}

static int
build (azml__task *task, const json_t *args, json_t **ret, azml_error **err)
{
  azml__environment_plan plan = { 0 };
  azml__environment_options options = {
    .log_fd = task->log, .cancel = task->cancel, .event = build_event, .data = task
  };
  AZML_AUTO_ENVIRONMENT_USE use = AZML__ENVIRONMENT_USE_INIT;
  int built = 0;
  int rc = azml__environment_make_plan (json_object_get (args, "environment"),
                                        task->layout->root, NULL, &plan, err);
  if (rc < 0)
    return rc;
  if (plan.hash)
    rc = azml__environment_ensure (&plan, &options, &use, &built, err);
  if (rc == 0)
    *ret = json_pack ("{s:s*, s:o*, s:s*, s:s*, s:b}", "hash", plan.hash, "path",
                      plan.path ? azml__json_text (plan.path) : NULL, "builder",
                      plan.builder, "python", plan.python, "built", built);
  azml__environment_plan_done (&plan);
  return rc;
}

int
azml__serve_build (azml__request *request, const json_t *args, azml_error **err)
{
  return azml__serve_task (request, build, args, err);
}

/* report.c: what is said about leases.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "lease/gpus.h"
#include "lease/report.h"

/* Add to JSON who NAME is, and since when he holds or waits.  */
static void
add_name (json_t *json, const azml__lease_name *name)
{
  char since[AZML__CLOCK_TEXT_SIZE];
  int64_t age_ms = (azml__clock_boot_us () - name->since) / 1000;
  json_object_set_new (json, "run", json_string (name->run));
  json_object_set_new (json, "user", json_string (name->user));
  json_object_set_new (json, "uid", json_integer (name->uid));
  json_object_set_new (json, "pid", json_integer (name->pid));
  json_object_set_new (
      json, "since",
      json_string (azml__clock_format (azml__clock_utc_ms () - age_ms, since)));
  json_object_set_new (json, "seconds", json_real ((double)age_ms / 1000));
}

const azml__lease_name *
azml__lease_holder (const azml__lease_queue *queue, size_t i)
{
  const azml__gpu_list *list = azml__lease_queue_list (queue);
  for (size_t j = 0; j < list->count; j++)
    {
      const azml__gpu *gpu = &list->gpus[j];
      if (!gpu->uuid
          || (j != i && list->gpus[i].parent != (int)j && gpu->parent != (int)i))
        continue;
      const azml__lease_unit *unit =
          azml__lease_table_unit (azml__lease_queue_table (queue), gpu->uuid);
      if (unit && unit->holder)
        return unit->holder;
    }
  return NULL;
}

json_t *
azml__lease_describe_gpu (const azml__gpu_list *list, size_t i)
{
  const azml__gpu *gpu = &list->gpus[i];
  json_t *json =
      json_pack ("{s:s, s:I}", "uuid", gpu->uuid, "index", (json_int_t)gpu->index);
  if (gpu->parent >= 0) /* of an instance: the index of its GPU says where it is */
    json_object_set_new (json, "gpu", json_integer (list->gpus[gpu->parent].index));
  if (gpu->model)
    json_object_set_new (json, "model", azml__json_text (gpu->model));
  return json;
}

/* The run that waits and of which WANT is a part, or NULL.  */
static const azml__lease_name *
find_waiter (const azml__lease_queue *queue, const azml__lease_name *want)
{
  size_t n;
  const azml__lease_entry *waits = azml__lease_table_kind (
      azml__lease_queue_table (queue), AZML__LEASE_WAIT, &n);
  for (size_t i = 0; i < n; i++)
    if (azml__lease_order (&waits[i].name, want) == 0)
      return &waits[i].name;
  return NULL;
}

/* Add to JSON a process that keeps GPU of LIST occupied, and whose it is.  */
static void
add_process (json_t *json, const azml__gpu_list *list, const azml__gpu *gpu)
{
  size_t i = 0;
  while (i < gpu->n_processes && !gpu->processes[i].compute)
    i++;
  if (i == gpu->n_processes)
    return;
  json_object_set_new (json, "pid", json_integer (gpu->processes[i].pid));
  if (list->pids_visible)
    azml__gpus_add_owner (json);
}

static json_t *
report_gpu (const azml__lease_queue *queue, size_t i)
{
  const azml__gpu_list *list = azml__lease_queue_list (queue);
  const azml__gpu *gpu = &list->gpus[i];
  const azml__lease_name *who = NULL;
  const char *state = "free";
  json_t *json = azml__lease_describe_gpu (list, i);
  switch (azml__lease_queue_view (queue, i))
    {
    case AZML__LEASE_TAKEN:
      state = "held";
      who = azml__lease_holder (queue, i);
      break;
    case AZML__LEASE_RESERVED:
      state = "reserved";
      who = find_waiter (queue, azml__lease_queue_claimant (queue, i));
      break;
    case AZML__LEASE_OCCUPIED:
      state = "occupied";
      json_object_set_new (json, "memory_used", json_integer (gpu->memory_used));
      add_process (json, list, gpu);
      break;
    default:
      break;
    }
  json_object_set_new (json, "state", json_string (state));
  if (who)
    add_name (json, who);
  return json;
}

json_t *
azml__lease_report (const azml__lease_queue *queue)
{
  const azml__gpu_list *list = azml__lease_queue_list (queue);
  json_t *gpus = json_array ();
  for (size_t i = 0; i < list->count; i++)
    if (azml__lease_queue_view (queue, i) != AZML__LEASE_UNFIT)
      json_array_append_new (gpus, report_gpu (queue, i));
  AZML_AUTO_FREE char *problem = azml__lease_queue_problem (queue);
  json_t *report =
      json_pack ("{s:I, s:o}", "ahead", (json_int_t)azml__lease_queue_ahead (queue),
                 "gpus", gpus);
  if (report && problem)
    json_object_set_new (report, "problem", azml__json_text (problem));
  return report;
}

/* Add who holds UNIT to JSON; the credentials of the lease itself outweigh what the name
   beside it says.  */
static void
add_holder (json_t *json, const azml__lease_unit *unit)
{
  azml__lease_name name = { .kind = AZML__LEASE_GPU };
  char text[AZML__LEASE_NAME_SIZE];
  AZML_AUTO_CLOSE int fd = -1;
  pid_t pid = 0;
  uid_t uid = 0;
  snprintf (name.uuid, sizeof name.uuid, "%s", unit->uuid);
  if (unit->holder)
    add_name (json, unit->holder);
  if (azml__lease_name_format (&name, text, NULL) < 0
      || azml__lease_connect (text, &fd, &pid, &uid, NULL) < 0)
    return;
  json_object_set_new (json, "uid", json_integer (uid));
  if (pid > 0) /* 0: of another name space of pids */
    json_object_set_new (json, "pid", json_integer (pid));
}

json_t *
azml__lease_table_to_json (const azml__lease_table *table)
{
  size_t n_waits, n_wants, at = 0;
  const azml__lease_entry *waits =
      azml__lease_table_kind (table, AZML__LEASE_WAIT, &n_waits);
  const azml__lease_entry *wants =
      azml__lease_table_kind (table, AZML__LEASE_WANT, &n_wants);
  json_t *leases = json_array (), *waiting = json_array ();
  for (size_t i = 0; i < table->n_units; i++)
    {
      if (!table->units[i].leased)
        continue;
      json_t *one = json_pack ("{s:s}", "uuid", table->units[i].uuid);
      add_holder (one, &table->units[i]);
      json_array_append_new (leases, one);
    }
  for (size_t i = 0; i < n_waits; i++)
    {
      json_t *one = json_object (), *uuids = json_array ();
      add_name (one, &waits[i].name);
      while (at < n_wants
             && azml__lease_order (&wants[at].name, &waits[i].name) < 0)
        at++;
      for (;
           at < n_wants && azml__lease_order (&wants[at].name, &waits[i].name) == 0;
           at++)
        json_array_append_new (uuids, json_string (wants[at].name.uuid));
      json_object_set_new (one, "count", json_integer (waits[i].name.count));
      json_object_set_new (one, "uuids", uuids);
      json_array_append_new (waiting, one);
    }
  return json_pack ("{s:o, s:o}", "leases", leases, "waiting", waiting);
}

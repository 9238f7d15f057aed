/* lease-run.c: a run gets its GPUs, or waits for them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/lease-run.h"

#include <string.h>

#include "charge/status.h"
#include "core/clock.h"
#include "core/json.h"
#include "gpu/smi.h"
#include "lease/report.h"
#include "process/signals.h"
#include "runner/inside.h"
#include "runner/lease-words.h"
#include "runner/watch.h"

#define TELL_MS 1000    /* what changes faster is told together */
#define AGAIN_MS 300000 /* until a wait is told again, then ever more seldom */

/* What was told last about a wait.  */
typedef struct told
{
  json_t *key;
  int64_t at_ms;
  int64_t begun_ms, again_ms; /* on the wall clock; when it is to be told again */
} told;

static void
told_done (told *last)
{
  json_decref (last->key);
}

static int
fail (azml__runner *runner, const azml_error *err)
{
  azml__status_cause (runner->status, "gpus", azml_error_message (err));
  json_object_set_new (runner->status, "error", azml__error_to_json (err));
  return -1;
}

/* Ask nvidia-smi; a signal ends that.  */
static int
ask (azml__runner *runner, azml__lease_queue *queue, azml_error **err)
{
  azml__gpu_list *list = NULL;
  azml__signals_open ();
  int rc = azml__gpu_list_ask (0, runner->cancel, &list, err);
  azml__signals_shut ();
  if (rc < 0)
    return rc;
  int first = !azml__lease_queue_list (queue);
  azml__lease_queue_set_list (queue, list);
  return first ? azml__gpu_request_check (runner->job.gpus,
                                          azml__lease_queue_list (queue), err)
               : 0;
}

/* REPORT without what changes from moment to moment (new).  */
static json_t *
key_of (const json_t *report)
{
  json_t *key = json_deep_copy (report), *gpu;
  size_t i;
  json_array_foreach (json_object_get (key, "gpus"), i, gpu)
  {
    json_object_del (gpu, "since");
    json_object_del (gpu, "seconds");
    json_object_del (gpu, "memory_used");
  }
  return key;
}

/* Say why the run waits, if that is news, or old enough to say how long it is true.  */
static void
tell (azml__runner *runner, const azml__lease_queue *queue, told *last)
{
  int64_t now = azml__clock_boot_ms (), wall = azml__clock_utc_ms ();
  if (last->key && now - last->at_ms < TELL_MS)
    return;
  AZML_AUTO (json_t) report = azml__lease_report (queue);
  AZML_AUTO (json_t) key = key_of (report);
  AZML_AUTO_FREE char *wanted = azml__gpu_request_describe (runner->job.gpus);
  if (last->key && json_equal (last->key, key) && wall < last->again_ms)
    return;
  if (!last->key)
    last->begun_ms = wall;
  json_decref (last->key);
  last->key = azml_steal (&key);
  last->at_ms = now;
  last->again_ms =
      wall + (wall - last->begun_ms > AGAIN_MS ? wall - last->begun_ms : AGAIN_MS);
  json_t *event = json_pack ("{s:s, s:s, s:s*}", "event", "gpus", "what", "waiting",
                             "wanted", wanted);
  json_object_update (event, report);
  azml__charge_event (runner->charge, event);
  runner->unsaved = 1;
  azml__runner_save (runner);
}

/* Wait for news.  */
static void
rest (azml__lease_queue *queue)
{
  struct pollfd *fds;
  int timeout_ms;
  nfds_t n = azml__lease_queue_watch (queue, &fds, &timeout_ms);
  azml__signals_poll (fds, n, timeout_ms);
}

/* Note in the status which GPUs the run has.  */
static void
note_gpus (azml__runner *runner, const azml__gpu_list *list)
{
  char since[AZML__CLOCK_TEXT_SIZE];
  json_t *gpus = json_array ();
  azml__clock_format (runner->lease.since_ms, since);
  for (size_t i = 0; i < list->count; i++)
    for (size_t j = 0; j < runner->lease.count; j++)
      if (list->gpus[i].uuid
          && strcmp (list->gpus[i].uuid, runner->lease.uuids[j]) == 0)
        {
          json_t *gpu = azml__lease_describe_gpu (list, i);
          json_object_set_new (gpu, "since", json_string (since));
          json_array_append_new (gpus, gpu);
        }
  azml__charge_event (runner->charge, json_pack ("{s:s, s:s, s:O}", "event", "gpus",
                                                 "what", "taken", "gpus", gpus));
  json_object_set_new (runner->status, "gpus", gpus);
}

/* Let the command see what the run has, in the order of the PCI bus.  */
static int
show (azml__runner *runner, const azml__gpu_list *list, azml_error **err)
{
  AZML_AUTO_FREE size_t *picks = calloc (runner->lease.count + 1, sizeof *picks);
  size_t n = 0;
  /* Where there is none at all, there is nothing to hide from one that goes without.  */
  if (!runner->lease.count && !list->count)
    return azml__lease_words (runner, "", err);
  for (size_t j = 0; picks && j < runner->lease.count; j++)
    for (size_t i = 0; i < list->count; i++)
      if (list->gpus[i].uuid
          && strcmp (list->gpus[i].uuid, runner->lease.uuids[j]) == 0)
        {
          picks[n++] = i;
          break;
        }
  AZML_AUTO_FREE char *visible = picks ? azml__gpu_visible (list, picks, n) : NULL;
  if (!visible)
    return azml__error_no_memory (err);
  azml__words *variables = &runner->command.variables;
  azml__variables_set (variables, "CUDA_VISIBLE_DEVICES", visible);
  azml__variables_set (variables, "CUDA_DEVICE_ORDER", "PCI_BUS_ID");
  return azml__lease_words (runner, visible, err);
}

/* Try and wait until the run has what it asks for, or is to end.  1: it has nothing of its
   own, and sees what the run sees inside which it is.  */
static int
acquire (azml__runner *runner, azml__lease_queue *queue, azml_error **err)
{
  AZML_CLEANUP (told_done) told last = { .key = NULL };
  for (;;)
    {
      int rc = azml__lease_queue_try (queue, &runner->lease, err);
      if (rc == 1 || rc < 0)
        return rc < 0 ? rc : 0;
      if (rc == 2)
        rc = ask (runner, queue, err);
      else if ((rc = azml__inside_check (queue, runner->job.gpus, err)) == 0)
        {
          tell (runner, queue, &last);
          rest (queue);
        }
      if (azml__runner_is_ending (runner))
        return AZML_E_CANCELLED;
      if (rc)
        return rc;
    }
}

/* Inside an allocation it is Slurm that gives GPUs, and what it set stays.  */
static int
is_given_by_slurm (const azml__runner *runner)
{
  const char *job =
      azml__variables_get (&runner->command.variables, "SLURM_JOB_ID");
  return job && *job;
}

int
azml__lease_is_vain (const json_t *job)
{
  const json_t *gpus = json_object_get (job, "gpus");
  if (!job || json_object_get (json_object_get (job, "wrapper"), "container"))
    return 0;
  return !gpus || json_is_null (gpus)
         || (json_is_true (json_object_get (gpus, "optional"))
             && azml__smi_is_missing ());
}

int
azml__lease_run (azml__runner *runner)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml__lease_queue) queue = NULL;
  const azml__gpu_request *request = runner->job.gpus;
  int rc = 0;
  if (!request || request->count == 0 || is_given_by_slurm (runner)
      || runner->charge->no_lease)
    {
      rc = azml__lease_words (runner, "", &err);
      return rc < 0 ? fail (runner, err) : 0;
    }
  rc = azml__lease_queue_new (request, runner->charge->id, &runner->charge->leases,
                              &queue, &err);
  if (rc == 0)
    rc = acquire (runner, queue, &err);
  if (azml__runner_is_ending (runner))
    return 0;
  if (rc == 0)
    rc = show (runner, azml__lease_queue_list (queue), &err);
  else if (rc > 0)
    rc = azml__lease_words (runner, "", &err);
  if (rc < 0)
    return fail (runner, err);
  if (runner->lease.count)
    note_gpus (runner, azml__lease_queue_list (queue));
  runner->gpus_before = azml__lease_queue_steal_list (queue);
  return 0;
}

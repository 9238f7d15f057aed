/* gpus-left.c: processes of a run that are left on GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   It is the driver who is asked: what the kernel calls dead may still have to be torn down
   there, and what another daemon started for the run is below no runner.  */

#include <config.h>

#include "runner/gpus-left.h"

#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "gpu/sample.h"
#include "gpu/smi.h"
#include "lease/gpus.h"
#include "lease/note.h"
#include "process/tree.h"

/* Nobody waits for the end of a run longer than this because a driver hangs; but one that
   took long before is given twice that.  */
#define ASK_MS 2000
#define ASK_MOST_MS 10000

void
azml__gpus_left_done (azml__gpus_left *left)
{
  azml__gpu_list_free (left->list);
  free (left->problem);
  left->list = NULL;
  left->problem = NULL;
}

static int
is_of_run (const azml__gpus_left *left, pid_t pid)
{
  char id[64];
  uint64_t start = azml__process_start (pid);
  if (!start || pid == getpid ())
    return 0;
  /* The list of the last sample is of no use here: its pids may be others' now.  */
  if (!(left->is_known && left->is_known (pid, start, left->data))
      && !(azml__gpus_run_of (pid, id, sizeof id)
           && strcmp (id, left->charge->id) == 0))
    return 0;
  return !azml__process_is_dead (pid);
}

/* Why LIST does not tell who is left; NULL if it does.  Where all GPUs of the machine were
   asked for, one that is lost, or whose processes are not told, is of no concern.  */
static const char *
find_problem (const azml__gpus_left *left, const azml__gpu_list *list)
{
  size_t silent = 0;
  if (list->state != AZML__GPU_STATE_OK)
    return list->problem ? list->problem : "there is no nvidia-smi";
  for (size_t i = 0; i < list->count; i++)
    if (list->gpus[i].parent < 0 && !list->gpus[i].uuid && left->uuids)
      return list->gpus[i].problem ? list->gpus[i].problem : "a GPU is lost";
    else
      silent += !list->gpus[i].processes_listed;
  return silent && (left->uuids || silent == list->count)
             ? "the driver lists no processes"
             : NULL;
}

static int
patience (const azml__gpus_left *left)
{
  int ms = 2 * left->usual_ms > ASK_MS ? 2 * left->usual_ms : ASK_MS;
  ms = ms < ASK_MOST_MS ? ms : ASK_MOST_MS;
  return azml__smi_patience (ms);
}

/* Ask the driver anew.  An answer that tells nothing does not take the place of one that
   did: those who are stopped already must not be forgotten.  */
static void
ask (azml__gpus_left *left)
{
  AZML_AUTO (azml_error) failure = NULL;
  AZML_AUTO (azml__gpu_list) now = NULL;
  /* Only the run's GPUs: one that is lost may keep nvidia-smi from telling of any.  */
  azml__gpu_list_ask_of (left->uuids, patience (left), NULL, &now, &failure);
  const char *problem =
      now ? find_problem (left, now) : azml_error_message (failure);
  if (problem)
    left->problem = strdup (problem);
  if (!now || (left->list && now->state != AZML__GPU_STATE_OK))
    return;
  azml__gpu_list_free (left->list);
  left->list = azml_steal (&now);
}

/* The processes of the run that the driver lists, and that live.  */
static void
list (azml__pids *pids, void *data)
{
  azml__gpus_left *left = data;
  if (!left->problem) /* one that did not answer is not asked again */
    ask (left);
  for (size_t i = 0; left->list && i < left->list->count; i++)
    for (size_t k = 0; k < left->list->gpus[i].n_processes; k++)
      if (is_of_run (left, left->list->gpus[i].processes[k].pid))
        azml__pids_add (pids, left->list->gpus[i].processes[k].pid);
  azml__pids_sort (pids);
  left->count = (int)pids->count;
}

void
azml__gpus_left_kill (azml__gpus_left *left, json_t *json)
{
  AZML_AUTO_PIDS pids = AZML__PIDS_INIT;
  int killed = azml__processes_kill (list, left);
  if (killed)
    {
      list (&pids, left);
      json_object_set_new (json, "killed", json_integer (killed));
      azml__charge_event (left->charge, json_pack ("{s:s,s:s,s:i,s:b}", "event",
                                                   "killed", "signal", "KILL",
                                                   "processes", killed, "gpu", 1));
    }
  if (left->problem)
    json_object_set_new (json, "unverified", azml__json_text (left->problem));
  else
    json_object_set_new (json, "left", json_integer (left->count));
}

void
azml__gpus_left_tell (const azml__gpus_left *left, azml__lease *lease)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const azml__gpu_list *list = left->problem ? NULL : left->list;
  for (size_t i = 0; list && list->pids_visible && i < lease->count; i++)
    {
      azml__lease_note note = { .at_ms = azml__clock_boot_ms () };
      const azml__gpu *gpu = azml__gpu_find (list, lease->uuids[i]);
      if (!gpu || gpu->parent >= 0 || gpu->n_processes || gpu->memory_used < 0
          || !azml__gpu_is_device (gpu))
        continue;
      snprintf (note.uuid, sizeof note.uuid, "%s", gpu->uuid);
      note.memory_used = gpu->memory_used;
      azml__lease_note_write (&note, &text);
    }
  if (text.length && azml__buffer_ok (&text))
    azml__lease_tell (lease, text.data);
}

/* The whole GPUs that GPUS of status.json names, commas between (new); NULL: there are
   others among them, or none.  */
static char *
name_whole (const json_t *gpus)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < json_array_size (gpus); i++)
    {
      const char *uuid = azml__json_string (json_array_get (gpus, i), "uuid");
      if (!uuid || strncmp (uuid, "GPU-", 4) != 0)
        return NULL;
      azml__buffer_add_format (&text, "%s%s", i ? "," : "", uuid);
    }
  return text.length && azml__buffer_ok (&text) ? azml__buffer_steal (&text) : NULL;
}

static void
kill_left (azml__charge *charge, const json_t *gpus, json_t *json)
{
  AZML_AUTO_FREE char *smi = azml__smi_find ();
  AZML_AUTO_FREE char *uuids = name_whole (gpus);
  AZML_AUTO_GPUS_LEFT left = { .charge = charge, .uuids = uuids };
  if (smi && azml__gpu_pids_visible ())
    azml__gpus_left_kill (&left, json);
}

void
azml__gpus_left_settle (azml__charge *charge, json_t *status, int restarted)
{
  AZML_AUTO_SAMPLES samples = { 0 };
  json_t *gpus = json_object_get (status, "gpus");
  int given = json_array_size (gpus) > 0;
  azml__samples_replay (&samples, charge->folder);
  if (json_object_get (status, "gpu") || (!given && !samples.rounds))
    return;
  azml__fact processes = azml__samples_processes (&samples);
  /* That it rose tells nothing here: what was before the start is not in the file.  */
  json_t *json = json_pack (
      "{s:s, s:s, s:i, s:b}", "used", azml__fact_name (processes), "processes",
      azml__fact_name (processes), "samples", samples.rounds, "given", given);
  if (!json)
    return;
  if (restarted)
    json_object_set_new (json, "left", json_integer (0));
  else if (given || processes == AZML__FACT_YES)
    kill_left (charge, gpus, json);
  azml__samples_note (&samples, NULL, status);
  json_object_set_new (status, "gpu", json);
}

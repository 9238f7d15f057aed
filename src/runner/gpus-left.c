/* gpus-left.c: processes of a run that are left on GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   It is the driver who is asked: what the kernel calls dead may still have to be torn down
   there, and what another daemon started for the run is below no runner.  */

#include <config.h>

#include "runner/gpus-left.h"

#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "gpu/sample.h"
#include "gpu/smi.h"
#include "lease/gpus.h"
#include "process/tree.h"

#define ASK_MS 10000
#define INFOROM_CORRUPTED 14 /* an exit code that comes with a whole answer */

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

/* The processes of the run that the driver lists, and that live.  */
static void
list (azml__pids *pids, void *data)
{
  azml__gpus_left *left = data;
  /* Only the run's GPUs: one that is lost may keep nvidia-smi from telling of any.  */
  const char *arguments[] = { AZML__SAMPLE_PROCESSES, AZML__SAMPLE_FORMAT,
                              left->uuids ? "-i" : NULL, left->uuids, NULL };
  AZML_AUTO_BUFFER output = AZML__BUFFER_INIT;
  int code = 0;
  left->count = 0;
  left->told = azml__smi_ask (left->smi, arguments, azml__smi_patience (ASK_MS),
                              NULL, &output, &code, NULL)
                   == 0
               && (code == 0 || code == INFOROM_CORRUPTED);
  for (char *line = output.data, *next; line && *line; line = next)
    {
      char uuid[80], *end = strchr (line, '\n');
      pid_t pid;
      int64_t memory;
      next = end ? end + 1 : line + strlen (line);
      if (end)
        *end = '\0';
      if (azml__samples_process (line, uuid, &pid, &memory) == 0
          && is_of_run (left, pid))
        azml__pids_add (pids, pid);
    }
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
  if (left->told)
    json_object_set_new (json, "left", json_integer (left->count));
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
  azml__gpus_left left = { .charge = charge, .smi = smi, .uuids = uuids };
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

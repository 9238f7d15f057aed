/* sampler-end.c: did the run use its GPUs, and has it left them?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/sampler-private.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/printable.h"
#include "gpu/framework.h"
#include "gpu/smi.h"
#include "runner/status.h"

#define LOG_LIMIT ((size_t)1 << 20) /* how much of the log's begin is looked at */
#define LOCK_LIMIT ((size_t)4 << 20)
#define ASK_MS 10000
#define LINE_LIMIT 200

/* The packages of the run's environment, as environment.lock has them (new).  */
static json_t *
read_packages (const azml__runner *runner)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  json_t *packages = json_array ();
  if (azml__file_read (runner->charge->folder, "environment.lock", LOCK_LIMIT,
                       &text, NULL)
      < 0)
    return packages;
  for (char *line = text.data, *next; line && *line; line = next)
    {
      char *end = strchr (line, '\n');
      next = end ? end + 1 : line + strlen (line);
      if (end)
        *end = '\0';
      json_array_append_new (packages, json_string (line));
    }
  return packages;
}

/* Add the lines of the log by which frameworks say that they found no GPU.  */
static void
add_log_lines (const azml__runner *runner, json_t *causes)
{
  static const char *const telling[] = {
    "Could not load dynamic library", "Cannot dlopen some GPU libraries",
    "Could not find cuda drivers",    "Torch not compiled with CUDA enabled",
    "Found no NVIDIA driver",         "CUDA driver version is insufficient",
    "no CUDA-capable device",         "CUDA_ERROR_NO_DEVICE",
    "cannot open shared object file", "No GPU/TPU found, falling back to CPU",
    "CUDA initialization:",           "libcuda.so"
  };
  AZML_AUTO_CLOSE int fd =
      openat (runner->charge->folder, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  AZML_AUTO_FREE char *text = malloc (LOG_LIMIT + 1);
  size_t n = 0, found = 0;
  if (fd < 0 || !text || azml__file_pread (fd, text, LOG_LIMIT, 0, &n, NULL) < 0)
    return;
  text[n] = '\0';
  for (size_t i = 0; i < sizeof telling / sizeof *telling && found < 3; i++)
    {
      const char *at = strstr (text, telling[i]);
      if (!at)
        continue;
      const char *line = at;
      while (line > text && line[-1] != '\n' && at - line < LINE_LIMIT / 2)
        line--;
      size_t length = strcspn (line, "\r\n");
      AZML_AUTO_FREE char *said = azml__printable (
          strndup (line, length > LINE_LIMIT ? LINE_LIMIT : length));
      if (said
          && json_array_append_new (causes, json_sprintf ("the log says: %s", said))
                 == 0)
        found++;
    }
}

json_t *
azml__sampler_causes (const azml__runner *runner)
{
  AZML_AUTO (json_t) packages = read_packages (runner);
  json_t *causes = azml__gpu_cpu_builds (packages);
  if (!causes)
    causes = json_array ();
  if (runner->sampler->hidden)
    json_array_append_new (
        causes,
        json_string (
            "CUDA_VISIBLE_DEVICES is empty in a process of the run: the set-up "
            "lines, or the script, hide the GPUs"));
  add_log_lines (runner, causes);
  if (!json_array_size (causes))
    json_array_append_new (
        causes,
        json_string (
            "the framework may be built for the CPU, CUDA's libraries may not be "
            "found, or the script may not ask for the GPU"));
  return causes;
}

/* What the verdict on a run is that was given GPUs and did not use them.  */
static void
judge (azml__runner *runner)
{
  azml__sampler *sampler = runner->sampler;
  sampler->used = azml__samples_used (&sampler->samples);
  if (!sampler->uuids || sampler->used != AZML__FACT_NO || !runner->ended_itself)
    return;
  sampler->causes = azml__sampler_causes (runner);
  if (runner->job.gpus && runner->job.gpus->require_use
      && azml__json_integer (runner->status, "exit_code", -1) == 0
      && !azml__json_string (runner->status, "cause"))
    azml__status_cause (runner->status, "gpu unused",
                        "no process of the run used the GPU that it had to use");
}

void
azml__sampler_judge (azml__runner *runner)
{
  if (runner->sampler)
    judge (runner);
}

/* The processes of the run that the driver still lists, and that live.  */
static void
list_left (azml__pids *pids, void *data)
{
  azml__runner *runner = data;
  azml__sampler *sampler = runner->sampler;
  /* Only the run's GPUs: one that is lost may keep nvidia-smi from telling of any.  */
  int whole = sampler->uuids && !strstr (sampler->uuids, "MIG-");
  const char *arguments[] = { AZML__SAMPLE_PROCESSES, AZML__SAMPLE_FORMAT,
                              whole ? "-i" : NULL, whole ? sampler->uuids : NULL,
                              NULL };
  AZML_AUTO_BUFFER output = AZML__BUFFER_INIT;
  int code;
  if (azml__smi_ask (sampler->smi, arguments, azml__smi_patience (ASK_MS), NULL,
                     &output, &code, NULL)
      < 0)
    return;
  for (char *line = output.data, *next; line && *line; line = next)
    {
      char uuid[80], *end = strchr (line, '\n');
      pid_t pid;
      int64_t memory;
      next = end ? end + 1 : line + strlen (line);
      if (end)
        *end = '\0';
      if (azml__samples_process (line, uuid, &pid, &memory) < 0 || pid == getpid ())
        continue;
      uint64_t start = azml__process_start (pid);
      int own = 0;
      for (size_t i = 0; i < sampler->n_users; i++)
        own |= sampler->users[i].own && sampler->users[i].pid == pid
               && sampler->users[i].start == start;
      /* The list of the last look is of no use here: its pids may be others' now.  */
      if (start && (own || azml__sampler_carries_id (runner, pid))
          && !azml__process_is_dead (pid))
        azml__pids_add (pids, pid);
    }
  azml__pids_sort (pids);
}

/* Kill what the run left on GPUs; what that was, in JSON.  */
static void
clear_gpus (azml__runner *runner, json_t *json)
{
  azml__sampler *sampler = runner->sampler;
  AZML_AUTO_PIDS left = AZML__PIDS_INIT;
  int seen = sampler->uuids != NULL;
  for (size_t i = 0; i < sampler->n_users; i++)
    seen |= sampler->users[i].own;
  if (!seen || !sampler->samples.pids_visible)
    return;
  int killed = azml__processes_kill (list_left, runner);
  if (killed)
    {
      list_left (&left, runner);
      json_object_set_new (json, "killed", json_integer (killed));
      azml__charge_event (runner->charge,
                          json_pack ("{s:s,s:s,s:i,s:b}", "event", "killed",
                                     "signal", "KILL", "processes", killed, "gpu",
                                     1));
    }
  json_object_set_new (json, "left", json_integer ((json_int_t)left.count));
}

/* The UUID of the whole GPU of the MIG instance JSON, NULL if that is none.  */
static const char *
whole_of (const azml__gpu_list *list, const json_t *json)
{
  const char *uuid = azml__json_string (json, "uuid");
  const azml__gpu *gpu = list && uuid ? azml__gpu_find (list, uuid) : NULL;
  return gpu && gpu->parent >= 0 ? list->gpus[gpu->parent].uuid : NULL;
}

/* Add to GPU, one of GPUS, what was SEEN on the whole GPU that it is an instance of: the
   run's processes are its, if no other instance there is the run's, too.  */
static void
add_from_whole (const azml__sampler *sampler, const json_t *gpus, json_t *gpu,
                const json_t *seen)
{
  const char *whole = whole_of (sampler->list, gpu), *uuid, *other;
  size_t n = 0;
  if (!whole || !(uuid = azml__json_string (seen, "uuid"))
      || strcmp (whole, uuid) != 0
      || !json_is_true (json_object_get (seen, "processes")))
    return;
  for (size_t i = 0; i < json_array_size (gpus); i++)
    n += (other = whole_of (sampler->list, json_array_get (gpus, i)))
         && strcmp (whole, other) == 0;
  if (n != 1)
    return;
  json_object_set_new (gpu, "processes", json_true ());
  json_object_set (gpu, "peak_memory", json_object_get (seen, "peak_memory"));
}

/* Add to "gpus" of the status what was seen: to what the run was given, and, of a run
   that asked for nothing, all that there are.  */
static void
add_samples (azml__runner *runner)
{
  azml__sampler *sampler = runner->sampler;
  json_t *gpus = json_object_get (runner->status, "gpus"), *gpu;
  AZML_AUTO (json_t)
  sampled = azml__samples_to_json (&sampler->samples, sampler->list);
  size_t i, k;
  if (!json_is_array (gpus))
    {
      json_object_set (runner->status, "gpus", sampled);
      return;
    }
  json_array_foreach (gpus, i, gpu) for (k = 0; k < json_array_size (sampled); k++)
  {
    json_t *seen = json_array_get (sampled, k);
    if (json_equal (json_object_get (seen, "uuid"), json_object_get (gpu, "uuid")))
      json_object_update (gpu, seen);
    else
      add_from_whole (sampler, gpus, gpu, seen);
  }
}

void
azml__sampler_report (azml__runner *runner)
{
  azml__sampler *sampler = runner->sampler;
  if (!sampler || (!sampler->samples.rounds && !sampler->uuids))
    return;
  json_t *json = json_pack (
      "{s:s, s:s, s:i, s:b, s:O*}", "used", azml__fact_name (sampler->used),
      "processes", azml__fact_name (azml__samples_processes (&sampler->samples)),
      "samples", sampler->samples.rounds, "given", sampler->uuids != NULL, "causes",
      sampler->causes);
  if (!json)
    return;
  clear_gpus (runner, json);
  if (json_array_size (sampler->shared))
    json_object_set (json, "shared_with", sampler->shared);
  json_object_set_new (runner->status, "gpu", json);
  add_samples (runner);
}

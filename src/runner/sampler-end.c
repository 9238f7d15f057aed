/* sampler-end.c: did the run use its GPUs, and has it left them?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/sampler-private.h"

#include <fcntl.h>
#include <string.h>

#include "charge/status.h"
#include "core/file.h"
#include "core/printable.h"
#include "gpu/framework.h"
#include "runner/gpus-left.h"

#define LOG_LIMIT ((size_t)1 << 20) /* how much of the log's begin is looked at */
#define LOCK_LIMIT ((size_t)4 << 20)
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

/* The run is where it should not be (new).  */
static json_t *
describe_astray (const azml__sampler *sampler)
{
  const azml__gpu *gpu =
      sampler->list ? azml__gpu_find (sampler->list, sampler->astray) : NULL;
  char index[32] = "";
  if (gpu)
    snprintf (index, sizeof index, "%d, ", (int)gpu->index);
  return json_sprintf (
      "a process of the run is on GPU %s%s, which it was not given: "
      "the script, or a set-up line, sets CUDA_VISIBLE_DEVICES "
      "itself",
      index, sampler->astray);
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
  if (*runner->sampler->astray)
    json_array_append_new (causes, describe_astray (runner->sampler));
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

/* 1 if process PID, which began at START, was seen on a GPU and was the run's.  */
static int
is_known (pid_t pid, uint64_t start, void *data)
{
  const azml__sampler *sampler = data;
  for (size_t i = 0; i < sampler->n_users; i++)
    if (sampler->users[i].own && sampler->users[i].pid == pid
        && sampler->users[i].start == start)
      return 1;
  return 0;
}

/* Kill what the run left on GPUs; what that was, in JSON.  Who waits for them is told; of a
   container, which is still to be removed, it is a question of time whether that is new
   enough then.  */
static void
clear_gpus (azml__runner *runner, json_t *json)
{
  azml__sampler *sampler = runner->sampler;
  AZML_AUTO_GPUS_LEFT left = { .charge = runner->charge,
                               .uuids = sampler->cards,
                               .usual_ms =
                                   sampler->list ? sampler->list->took_ms : 0,
                               .is_known = is_known,
                               .data = sampler };
  int seen = sampler->uuids != NULL;
  for (size_t i = 0; i < sampler->n_users; i++)
    seen |= sampler->users[i].own;
  if (!seen || !sampler->samples.pids_visible)
    return;
  azml__gpus_left_kill (&left, json);
  azml__gpus_left_tell (&left, &runner->lease);
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
  azml__samples_note (&sampler->samples, sampler->list, runner->status);
}

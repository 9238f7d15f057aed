/* sampler.c: GPUs, while the command of a run is at work.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/sampler-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "gpu/smi.h"
#include "lease/gpus.h"
#include "lease/table.h"
#include "process/tree.h"
#include "runner/inside.h"

#define FRESH_MS 2500    /* a process that was not told for longer is gone */
#define LINE_LIMIT 4096  /* a line that is longer is none */
#define USERS_LIMIT 4096 /* processes to remember */

/* The whole GPUs that the N devices UUIDS are, or are instances of, commas between (new);
   NULL: there are none, or not all are known.  */
static char *
name_cards (char *const *uuids, size_t n, const azml__gpu_list *list)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < n; i++)
    {
      const azml__gpu *gpu = list ? azml__gpu_find (list, uuids[i]) : NULL;
      const char *card = gpu && gpu->parent >= 0 ? list->gpus[gpu->parent].uuid
                         : strncmp (uuids[i], "GPU-", 4) == 0 ? uuids[i]
                                                              : NULL;
      if (!card)
        return NULL;
      if (!text.length || !strstr (text.data, card))
        azml__buffer_add_format (&text, "%s%s", text.length ? "," : "", card);
      if (!azml__buffer_ok (&text))
        return NULL;
    }
  return text.length ? azml__buffer_steal (&text) : NULL;
}

azml__sampler *
azml__sampler_new (char *const *uuids, size_t n, const azml__gpu_list *list)
{
  AZML_AUTO_FREE char *smi = azml__smi_is_missing () ? NULL : azml__smi_find ();
  AZML_AUTO_BUFFER given = AZML__BUFFER_INIT;
  azml__sampler *sampler = smi ? calloc (1, sizeof *sampler) : NULL;
  if (!sampler)
    return NULL;
  sampler->smi = azml_steal (&smi);
  for (size_t i = 0; i < n; i++)
    azml__buffer_add_format (&given, "%s%s", i ? "," : "", uuids[i]);
  sampler->uuids = n ? azml__buffer_steal (&given) : NULL;
  sampler->cards = name_cards (uuids, n, list);
  sampler->list = list;
  sampler->file = sampler->readings.fd = sampler->processes.fd = -1;
  sampler->samples.pids_visible =
      list ? list->pids_visible : azml__gpu_pids_visible ();
  return sampler;
}

void
azml__sampler_free (azml__sampler *sampler)
{
  if (!sampler)
    return;
  azml__sampler_stream_done (&sampler->readings);
  azml__sampler_stream_done (&sampler->processes);
  azml__samples_done (&sampler->samples);
  if (sampler->file >= 0)
    close (sampler->file);
  azml__pids_done (&sampler->tree);
  free (sampler->users);
  json_decref (sampler->causes);
  json_decref (sampler->shared);
  free (sampler->uuids);
  free (sampler->cards);
  free (sampler->smi);
  free (sampler);
}

static void
start (azml__runner *runner)
{
  azml__sampler *sampler = runner->sampler;
  sampler->started = 1;
  sampler->samples.last_ms = azml__clock_boot_ms ();
  if (sampler->list)
    azml__samples_base (&sampler->samples, sampler->list, sampler->cards);
  snprintf (sampler->readings.query, sizeof sampler->readings.query, "%s",
            AZML__SAMPLE_READINGS);
  snprintf (sampler->processes.query, sizeof sampler->processes.query, "%s",
            AZML__SAMPLE_PROCESSES);
  azml__sampler_stream_start (runner, &sampler->readings);
  if (sampler->samples.pids_visible)
    azml__sampler_stream_start (runner, &sampler->processes);
}

/* 1 if run ID holds an instance of some GPU: the driver tells of a process on an instance
   only on which GPU it is.  */
static int
has_instance (const azml__lease_table *table, const char *id)
{
  for (size_t i = 0; i < table->n_units; i++)
    if (table->units[i].holder && strncmp (table->units[i].uuid, "MIG-", 4) == 0
        && strcmp (table->units[i].holder->run, id) == 0)
      return 1;
  return 0;
}

/* The run that holds the GPU UUID by a lease, or computes beside USER, into OTHER.  One
   inside which this one is has lent it.  */
static int
find_other (const azml__runner *runner, const azml__gpu_user *user, char *other,
            size_t size)
{
  const azml__sampler *sampler = runner->sampler;
  AZML_AUTO_LEASE_TABLE table = { 0 };
  const azml__lease_unit *unit = azml__lease_table_read (&table, NULL) < 0
                                     ? NULL
                                     : azml__lease_table_unit (&table, user->uuid);
  if (unit && unit->holder && strcmp (unit->holder->run, runner->charge->id) != 0
      && !azml__inside_is (&table, unit->holder->run))
    {
      snprintf (other, size, "%s", unit->holder->run);
      return 1;
    }
  for (size_t i = 0; i < sampler->n_users; i++)
    {
      const azml__gpu_user *beside = &sampler->users[i];
      if (!beside->own && strcmp (beside->uuid, user->uuid) == 0
          && azml__gpus_run_of (beside->pid, other, size)
          && !has_instance (&table, other) && !azml__inside_is (&table, other))
        return 1;
    }
  return 0;
}

/* A process of the run is on a GPU; it may be one that it was not given, and another run
   has.  */
static void
tell_shared (azml__runner *runner, const azml__gpu_user *user)
{
  char other[64] = "";
  azml__sampler *sampler = runner->sampler;
  if (sampler->uuids && (!sampler->cards || strstr (sampler->cards, user->uuid)))
    return;
  if (sampler->uuids)
    snprintf (sampler->astray, sizeof sampler->astray, "%s", user->uuid);
  if (!find_other (runner, user, other, sizeof other))
    return;
  if (!sampler->shared)
    sampler->shared = json_array ();
  for (size_t i = 0; i < json_array_size (sampler->shared); i++)
    if (strcmp (json_string_value (json_array_get (sampler->shared, i)), other)
        == 0)
      return;
  json_array_append_new (sampler->shared, json_string (other));
  azml__charge_event (runner->charge,
                      json_pack ("{s:s,s:s,s:s,s:s}", "event", "gpus", "what",
                                 "shared", "uuid", user->uuid, "run", other));
}

/* Remember that process PID was told to be on the GPU UUID.  */
static void
note_user (azml__runner *runner, const char *uuid, pid_t pid, int64_t memory)
{
  azml__sampler *sampler = runner->sampler;
  azml__gpu_user *user = NULL;
  for (size_t i = 0; i < sampler->n_users && !user; i++)
    if (sampler->users[i].pid == pid && strcmp (sampler->users[i].uuid, uuid) == 0)
      user = &sampler->users[i];
  if (!user)
    {
      /* Who came and went between two looks: nobody knows whose it was.  */
      int own = azml__sampler_is_own (runner, pid);
      uint64_t start = azml__process_start (pid);
      azml__gpu_user *grown =
          sampler->n_users < USERS_LIMIT && (own || start)
              ? reallocarray (sampler->users, sampler->n_users + 1, sizeof *grown)
              : NULL;
      if (!grown)
        return;
      sampler->users = grown;
      user = &grown[sampler->n_users++];
      *user = (azml__gpu_user){ .pid = pid, .start = start, .own = own };
      snprintf (user->uuid, sizeof user->uuid, "%s", uuid);
      if (own)
        tell_shared (runner, user);
    }
  /* One that began after the last look, and has cleared its variables.  */
  else if (!user->own && azml__pids_has (&sampler->tree, pid))
    {
      user->own = 1;
      tell_shared (runner, user);
    }
  user->memory = memory;
  user->seen_ms = azml__clock_boot_ms ();
}

/* Count on each GPU the processes that were told lately.  */
static void
count_users (azml__sampler *sampler)
{
  int64_t now = azml__clock_boot_ms ();
  azml__samples_clear_processes (&sampler->samples);
  for (size_t i = 0; i < sampler->n_users; i++)
    if (now - sampler->users[i].seen_ms <= FRESH_MS)
      azml__samples_count_process (&sampler->samples, sampler->users[i].uuid,
                                   sampler->users[i].memory, sampler->users[i].own);
}

/* Append the round TEXT to gpu.jsonl.  */
static void
write_round (azml__runner *runner, const azml__buffer *text)
{
  char now[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  azml__sampler *sampler = runner->sampler;
  if (sampler->file < 0)
    sampler->file =
        openat (runner->charge->folder, "gpu.jsonl",
                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  azml__buffer_add_format (&line, "{\"time\":\"%s\",%s}\n",
                           azml__clock_format (azml__clock_utc_ms (), now),
                           text->data ? text->data : "\"gpus\":[]");
  if (sampler->file >= 0 && azml__buffer_ok (&line)
      && write (sampler->file, line.data, line.length) < 0 && errno == ENOSPC)
    runner->disk_full = 1;
}

static void
take_reading (azml__runner *runner, const char *line, int last)
{
  azml__sampler *sampler = runner->sampler;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int64_t now = azml__clock_boot_ms ();
  count_users (sampler);
  int rc = last ? azml__samples_end (&sampler->samples, now, &text)
                : azml__samples_reading (&sampler->samples, line, now, &text);
  if (rc < 0)
    azml__sampler_stream_wonder (&sampler->readings, line);
  if (rc <= 0)
    return;
  if (azml__tree_is_spared (sampler->processes.pid) && !sampler->processes.strange)
    sampler->samples.process_rounds++;
  write_round (runner, &text);
}

static void
take_process (azml__runner *runner, const char *line)
{
  char uuid[80];
  pid_t pid;
  int64_t memory;
  if (azml__samples_process (line, uuid, &pid, &memory) < 0)
    azml__sampler_stream_wonder (&runner->sampler->processes, line);
  else
    note_user (runner, uuid, pid, memory);
}

/* Take the whole lines that STREAM has.  */
static void
read_stream (azml__runner *runner, azml__smi_stream *stream)
{
  char bytes[4096];
  ssize_t n;
  while (stream->fd >= 0
         && ((n = read (stream->fd, bytes, sizeof bytes)) > 0
             || (n < 0 && errno == EINTR)))
    azml__buffer_add (&stream->text, bytes, n > 0 ? (size_t)n : 0);
  char *line = stream->text.data, *end;
  for (; line && (end = strchr (line, '\n')); line = end + 1)
    {
      *end = '\0';
      if (stream == &runner->sampler->processes)
        take_process (runner, line);
      else
        take_reading (runner, line, 0);
    }
  if (line)
    azml__buffer_drop (&stream->text, (size_t)(line - stream->text.data));
  if (stream->text.length > LINE_LIMIT)
    azml__buffer_truncate (&stream->text, 0);
}

/* Processes first: a round of readings counts those that were told before.  */
static void
read_both (azml__runner *runner)
{
  read_stream (runner, &runner->sampler->processes);
  read_stream (runner, &runner->sampler->readings);
}

/* 1 if a process of the run sees no GPU, whatever it was given.  */
static int
hides_gpus (const azml__pids *tree)
{
  char visible[8];
  for (size_t i = 0; i < tree->count; i++)
    if (azml__gpus_variable_of (tree->pids[i], "CUDA_VISIBLE_DEVICES", visible,
                                sizeof visible)
        && (!*visible || strcmp (visible, "-1") == 0))
      return 1;
  return 0;
}

void
azml__sampler_look (azml__runner *runner, const azml__pids *tree)
{
  azml__sampler *sampler = runner->sampler;
  if (!sampler || sampler->stopped)
    return;
  sampler->tree.count = 0;
  for (size_t i = 0; i < tree->count; i++)
    azml__pids_add (&sampler->tree, tree->pids[i]);
  if (sampler->uuids && sampler->samples.rounds < 2)
    sampler->hidden |= hides_gpus (tree);
  if (!sampler->started)
    start (runner);
  else
    {
      read_both (runner);
      azml__sampler_stream_revive (runner, &sampler->readings);
      if (sampler->samples.pids_visible)
        azml__sampler_stream_revive (runner, &sampler->processes);
    }
}

void
azml__sampler_stop (azml__runner *runner)
{
  azml__sampler *sampler = runner->sampler;
  if (!sampler || sampler->stopped)
    return;
  sampler->stopped = 1;
  read_both (runner);
  take_reading (runner, "", 1);
}

void
azml__sampler_end (azml__runner *runner)
{
  azml__sampler *sampler = runner->sampler;
  if (!sampler)
    return;
  azml__tree_end_spared (sampler->processes.pid);
  azml__tree_end_spared (sampler->readings.pid);
  azml__sampler_stream_done (&sampler->processes);
  azml__sampler_stream_done (&sampler->readings);
}

/* sampler-stream.c: an nvidia-smi that runs beside the command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/sampler-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/printable.h"
#include "process/tree.h"

#define PERIOD "1000"  /* ms between two samples */
#define TRIES 6        /* how often it is started again ... */
#define PAUSE_MS 500   /* ... after this pause, which doubles each time */
#define WELL_MS 600000 /* one that lived so long has all its tries again */

void
azml__sampler_stream_done (azml__smi_stream *stream)
{
  if (stream->fd >= 0)
    close (stream->fd);
  stream->fd = -1;
  azml__buffer_done (&stream->text);
}

/* 1 if a GPU of LIST is lost: older drivers tell then only of those that are named.  */
static int
has_lost_gpu (const azml__gpu_list *list)
{
  for (size_t i = 0; list && i < list->count; i++)
    if (list->gpus[i].parent < 0 && !list->gpus[i].uuid)
      return 1;
  return 0;
}

/* Processes are asked for on all GPUs: a script may have gone to one that the run was not
   given.  Once that has failed, as where one of these was lost meanwhile, only on its own.  */
void
azml__sampler_stream_start (azml__runner *runner, azml__smi_stream *stream)
{
  azml__sampler *sampler = runner->sampler;
  azml__command command = AZML__COMMAND_INIT;
  int ends[2];
  const char *words[] = { sampler->smi, stream->query, AZML__SAMPLE_FORMAT, "-lms",
                          PERIOD };
  stream->start_ms = azml__clock_boot_ms ();
  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return;
  fcntl (ends[1], F_SETFL, 0); /* nvidia-smi's end waits */
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    azml__words_add (&command.argv, words[i]);
  if (sampler->cards
      && (stream == &sampler->readings || stream->tries
          || has_lost_gpu (sampler->list)))
    {
      azml__words_add (&command.argv, "-i");
      azml__words_add (&command.argv, sampler->cards);
    }
  azml__variables_inherit (&command.variables);
  azml__variables_set (&command.variables, "LC_ALL", "C"); /* no decimal comma */
  command.folder = strdup ("/");
  command.output = ends[1];
  stream->fd = ends[0];
  if (!command.folder || azml__command_start (&command, &stream->pid, NULL) < 0)
    stream->pid = 0;
  else
    azml__tree_spare (stream->pid);
  azml__command_done (&command); /* closes ends[1] */
}

/* A driver that does not know a field says only that.  It is asked for the UUID in its place,
   which as a reading is unknown.  Return 1 if LINE says so.  */
static int
leave_out_field (azml__smi_stream *stream, const char *line)
{
  static const char uuid[] = "uuid", app_uuid[] = "gpu_uuid";
  char field[60], *at, rest[sizeof stream->query];
  const char *equals = strchr (stream->query, '=');
  if (sscanf (line, "Field \"%59[^\"]\" is not a valid field", field) != 1
      || !equals)
    return 0;
  const char *instead = strstr (stream->query, app_uuid) ? app_uuid : uuid;
  at = strstr (equals, field);
  /* Without the UUID nothing is of use.  */
  if (!at || at[-1] == '=' || strcmp (field, instead) == 0
      || strlen (stream->query) + strlen (instead) >= sizeof rest)
    return 0;
  snprintf (rest, sizeof rest, "%s", at + strlen (field));
  snprintf (at, sizeof stream->query - (size_t)(at - stream->query), "%s%s",
            instead, rest);
  stream->changed = 1;
  return 1;
}

void
azml__sampler_stream_wonder (azml__smi_stream *stream, const char *line)
{
  /* A corrupted infoROM, say, is warned about, and the answer comes all the same.  */
  if (!*line || strncasecmp (line, "warning", 7) == 0
      || leave_out_field (stream, line))
    return;
  stream->strange = 1;
  snprintf (stream->said, sizeof stream->said, "%s", line);
}

/* Say once that samples are missing.  A driver that never worked is no news.  */
static void
tell (azml__runner *runner, azml__smi_stream *stream)
{
  azml__sampler *sampler = runner->sampler;
  AZML_AUTO_FREE char *said =
      *stream->said ? azml__printable (strdup (stream->said)) : NULL;
  if (stream->told || (!sampler->uuids && !sampler->samples.rounds))
    return;
  sampler->readings.told = sampler->processes.told = 1;
  azml__charge_event (runner->charge,
                      json_pack ("{s:s,s:s,s:s*}", "event", "gpus", "what",
                                 "interrupted", "message", said));
}

void
azml__sampler_stream_revive (azml__runner *runner, azml__smi_stream *stream)
{
  int64_t now = azml__clock_boot_ms ();
  if (azml__tree_is_spared (stream->pid) || stream->tries > TRIES)
    return;
  if (stream->changed)
    {
      stream->changed = stream->strange = 0;
      azml__sampler_stream_done (stream);
      azml__sampler_stream_start (runner, stream);
      return;
    }
  if (stream->fd >= 0 || stream->pid)
    {
      /* It has just ended; all that it said was read.  */
      tell (runner, stream);
      if (now - stream->start_ms > WELL_MS)
        stream->tries = 0;
      azml__sampler_stream_done (stream);
      stream->pid = 0;
      stream->strange = 0;
      *stream->said = '\0';
      stream->start_ms = now + (PAUSE_MS << stream->tries++);
      runner->sampler->samples.gaps++;
    }
  if (stream->tries <= TRIES && now >= stream->start_ms)
    azml__sampler_stream_start (runner, stream);
}

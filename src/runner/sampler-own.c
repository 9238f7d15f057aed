/* sampler-own.c: whose is a process on a GPU?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   It is the run's if it is below the runner, if it carries the run's id, or if it is in the
   run's container.  The latter is another daemon's child, and its variables may be cleared
   or not be readable; but all of a container is below its first process, and what that was
   started with everybody may read.  */

#include <config.h>

#include "runner/sampler-private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/path.h"
#include "lease/gpus.h"
#include "runner/record.h"

#define CMDLINE_LIMIT ((size_t)64 << 10)
#define DEEPEST 1000 /* generations */

static int
carries_id (const azml__runner *runner, pid_t pid)
{
  char other[64];
  return azml__gpus_run_of (pid, other, sizeof other)
         && strcmp (other, runner->charge->id) == 0;
}

/* 1 if process PID is the first one of the container of the run ID: "azml-runner inner
   FOLDER/ID".  */
static int
is_inner (pid_t pid, const char *id)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char file[40];
  snprintf (file, sizeof file, "/proc/%d/cmdline", (int)pid);
  if (azml__file_read (AT_FDCWD, file, CMDLINE_LIMIT, &text, NULL) < 0
      || !text.length)
    return 0;
  const char *program = text.data, *end = text.data + text.length;
  const char *verb = program + strnlen (program, text.length) + 1;
  if (verb >= end || strcmp (azml__path_base (program), "azml-runner") != 0
      || strcmp (verb, "inner") != 0)
    return 0;
  const char *folder = verb + sizeof "inner";
  return folder < end && strcmp (azml__path_base (folder), id) == 0;
}

static int
is_in_container (const azml__runner *runner, pid_t pid)
{
  for (int i = 0; runner->container && pid > 1 && i < DEEPEST; i++)
    {
      if (is_inner (pid, runner->charge->id))
        return 1;
      pid = azml__process_parent (pid);
    }
  return 0;
}

int
azml__sampler_is_own (const azml__runner *runner, pid_t pid)
{
  return azml__pids_has (&runner->sampler->tree, pid) || carries_id (runner, pid)
         || is_in_container (runner, pid);
}

/* usage.c: CPU time and memory of a run.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/cleanup.h"

static int64_t
microseconds (struct timeval t)
{
  return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

void
azml__usage_add (azml__usage *usage, const struct rusage *used)
{
  int64_t peak = (int64_t)used->ru_maxrss * 1024;
  usage->user_us += microseconds (used->ru_utime);
  usage->system_us += microseconds (used->ru_stime);
  if (peak > usage->peak_process)
    usage->peak_process = peak;
}

/* The resident pages of process PID, 0 if it is gone.  */
static int64_t
resident_pages (pid_t pid)
{
  char name[40], text[128];
  long long size = 0, resident = 0;
  snprintf (name, sizeof name, "/proc/%d/statm", (int)pid);
  AZML_AUTO_CLOSE int fd = open (name, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read (fd, text, sizeof text - 1);
  text[n > 0 ? n : 0] = '\0';
  return sscanf (text, "%lld %lld", &size, &resident) == 2 ? resident : 0;
}

void
azml__usage_sample (azml__usage *usage, const pid_t *pids, size_t n)
{
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += resident_pages (pids[i]);
  sum *= sysconf (_SC_PAGESIZE);
  if (sum > usage->peak_tree)
    usage->peak_tree = sum;
}

void
azml__usage_report (const azml__usage *usage, json_t *status)
{
  int64_t tree = usage->peak_tree > usage->peak_process ? usage->peak_tree
                                                        : usage->peak_process;
  json_object_set_new (status, "cpu",
                       json_pack ("{s:f,s:f}", "user", (double)usage->user_us / 1e6,
                                  "system", (double)usage->system_us / 1e6));
  json_object_set_new (status, "memory",
                       json_pack ("{s:I,s:I}", "peak_tree", (json_int_t)tree,
                                  "peak_process", (json_int_t)usage->peak_process));
}

/* memory.h: was it the kernel's out-of-memory killer?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A job that dies by SIGKILL while the count of such kills rises was killed for memory, as
   far as can be told without a cgroup of our own.  The count is that of the cgroup in which
   we are (oom_kill: memory.events of version 2, memory.oom_control of version 1; cgroup-v2.rst
   and cgroup-v1/memory.rst of the kernel), or where there is none that of the machine,
   /proc/vmstat, in which are those of others, too.  */

#ifndef AZML_PROCESS_MEMORY_H
#define AZML_PROCESS_MEMORY_H

#include <stddef.h>

typedef struct azml__memory
{
  long long kills;   /* oom_kill when last looked, -1: not known */
  long long rose;    /* by how much it rose at the last rise */
  long long rose_ms; /* when that was seen, on CLOCK_BOOTTIME */
  int victims; /* times that a child was killed for memory while the job lived on */
  char file[256]; /* that has the count; empty: nobody looked yet */
} azml__memory;

/* The number behind oom_kill in TEXT, -1 if there is none.  */
long long azml__memory_parse (const char *text);

/* Store in FILE (N bytes) the name of the file that has the count for a process of which
   /proc/PID/cgroup is GROUPS, with the cgroups below ROOT; /proc/vmstat if none of them has
   it.  */
void azml__memory_find (const char *groups, const char *root, char *file, size_t n);

/* Look now; return by how much it rose since the last look (0 for the first).  */
long long azml__memory_look (azml__memory *memory);

/* By how much it rose in the last moments, this one included.  */
long long azml__memory_recent (azml__memory *memory);

/* 1 if a process that ended with the wait status STATUS was killed for memory, when
   ROSE kills happened just before.  */
int azml__memory_is_cause (int status, long long rose);

#endif

/* memory.c: was it the kernel's out-of-memory killer?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/cleanup.h"
#include "core/clock.h"

#define RECENT_MS 2000
#define VMSTAT_SIZE ((size_t)16 << 10)

long long
azml__memory_parse (const char *vmstat)
{
  static const char key[] = "\noom_kill ";
  const char *p = strstr (vmstat, key);
  return p ? atoll (p + sizeof key - 1) : -1;
}

long long
azml__memory_look (azml__memory *memory)
{
  char text[VMSTAT_SIZE];
  size_t length = 0;
  AZML_AUTO_CLOSE int fd = open ("/proc/vmstat", O_RDONLY | O_CLOEXEC);
  ssize_t n;
  while (fd >= 0 && length < sizeof text - 1
         && (n = read (fd, text + length, sizeof text - 1 - length)) > 0)
    length += (size_t)n;
  text[length] = '\0';
  long long before = memory->kills, now = azml__memory_parse (text);
  memory->kills = now;
  if (before < 0 || now <= before)
    return 0;
  memory->rose = now - before;
  memory->rose_ms = azml__clock_boot_ms ();
  return memory->rose;
}

long long
azml__memory_recent (azml__memory *memory)
{
  azml__memory_look (memory);
  return memory->rose && azml__clock_boot_ms () - memory->rose_ms < RECENT_MS
             ? memory->rose
             : 0;
}

int
azml__memory_is_cause (int status, long long rose)
{
  if (rose <= 0)
    return 0;
  /* A shell says 128 + 9 when its own child was the victim.  */
  return WIFSIGNALED (status)
             ? WTERMSIG (status) == SIGKILL
             : WIFEXITED (status) && WEXITSTATUS (status) == 128 + SIGKILL;
}

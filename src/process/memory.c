/* memory.c: was it the kernel's out-of-memory killer?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/cleanup.h"
#include "core/clock.h"

#define RECENT_MS 2000
#define TEXT_SIZE ((size_t)16 << 10)
#define CGROUPS "/sys/fs/cgroup"

long long
azml__memory_parse (const char *text)
{
  static const char key[] = "\noom_kill ";
  const char *p = strstr (text, key);
  return p ? atoll (p + sizeof key - 1) : -1;
}

/* What stands in the file NAME, cut to TEXT_SIZE; nothing if it cannot be read.  */
static void
read_text (const char *name, char text[TEXT_SIZE])
{
  size_t length = 0;
  AZML_AUTO_CLOSE int fd = open (name, O_RDONLY | O_CLOEXEC);
  ssize_t n;
  while (fd >= 0 && length < TEXT_SIZE - 1
         && (n = read (fd, text + length, TEXT_SIZE - 1 - length)) > 0)
    length += (size_t)n;
  text[length] = '\0';
}

/* 1 if the file NAME, cut off if LENGTH is N or more, has a count.  */
static int
has_count (const char *name, int length, size_t n)
{
  char text[TEXT_SIZE];
  if (length < 0 || (size_t)length >= n)
    return 0;
  read_text (name, text);
  return azml__memory_parse (text) >= 0;
}

/* Of version 2: the cgroup PATH, of LENGTH bytes, or the nearest above it that counts; its
   count has those below in it.  */
static int
find_events (const char *root, const char *path, size_t length, char *file,
             size_t n)
{
  for (;;)
    {
      if (has_count (
              file,
              snprintf (file, n, "%s%.*s/memory.events", root, (int)length, path),
              n))
        return 1;
      while (length && path[length - 1] != '/')
        length--;
      if (!length)
        return 0;
      length--;
    }
}

void
azml__memory_find (const char *groups, const char *root, char *file, size_t n)
{
  for (const char *line = groups, *end; *line; line = *end ? end + 1 : end)
    {
      /* NUMBER:CONTROLLERS:PATH */
      end = line + strcspn (line, "\n");
      const char *kinds = memchr (line, ':', (size_t)(end - line));
      const char *colon =
          kinds ? memchr (kinds + 1, ':', (size_t)(end - kinds - 1)) : NULL;
      if (!colon)
        continue;
      const char *path = colon + 1;
      size_t length = (size_t)(end - path);
      if (kinds + 1 == colon && find_events (root, path, length, file, n))
        return;
      if (strncmp (kinds, ":memory:", 8) == 0
          && has_count (file,
                        snprintf (file, n, "%s/memory%.*s/memory.oom_control", root,
                                  (int)length, path),
                        n))
        return;
    }
  snprintf (file, n, "/proc/vmstat");
}

long long
azml__memory_look (azml__memory *memory)
{
  char text[TEXT_SIZE];
  if (!*memory->file)
    {
      read_text ("/proc/self/cgroup", text);
      azml__memory_find (text, CGROUPS, memory->file, sizeof memory->file);
    }
  read_text (memory->file, text);
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

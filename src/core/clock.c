/* clock.c: the two clocks, and time as text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"

#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME CLOCK_MONOTONIC
#endif

static int64_t
microseconds (clockid_t clock)
{
  struct timespec t;
  clock_gettime (clock, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A clock that is set while the tests watch: $AZML_TEST_CLOCK is a file that holds the
   milliseconds to add, or behind '=' the time itself.  */
static int64_t
set_by_test (int64_t now, const char *name)
{
  char text[32];
  AZML_AUTO_CLOSE int fd = open (name, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read (fd, text, sizeof text - 1);
  text[n > 0 ? n : 0] = '\0';
  return *text == '=' ? atoll (text + 1) : now + atoll (text);
}

int64_t
azml__clock_utc_ms (void)
{
  int64_t now = microseconds (CLOCK_REALTIME) / 1000;
  const char *test = getenv ("AZML_TEST_CLOCK");
  return test ? set_by_test (now, test) : now;
}

int64_t
azml__clock_boot_us (void)
{
  return microseconds (CLOCK_BOOTTIME);
}

int64_t
azml__clock_boot_ms (void)
{
  return azml__clock_boot_us () / 1000;
}

char *
azml__clock_format (int64_t ms, char text[AZML__CLOCK_TEXT_SIZE])
{
  time_t seconds = (time_t)(ms / 1000);
  int rest = (int)(ms % 1000);
  struct tm tm;
  char day[24];
  if (rest < 0)
    {
      rest += 1000;
      seconds--;
    }
  if (!gmtime_r (&seconds, &tm)
      || !strftime (day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm))
    strcpy (day, "0000-00-00T00:00:00");
  snprintf (text, AZML__CLOCK_TEXT_SIZE, "%.22s.%03dZ", day, rest % 1000);
  return text;
}

int64_t
azml__clock_parse (const char *text)
{
  struct tm tm = { 0 };
  int used = 0, fraction = 0;
  if (sscanf (text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
              &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used)
          != 6
      || !used)
    return -1;
  text += used;
  if (*text == '.')
    {
      int digits = 0;
      for (text++; *text >= '0' && *text <= '9'; text++, digits++)
        if (digits < 3)
          fraction = fraction * 10 + (*text - '0');
      for (; digits < 3; digits++)
        fraction *= 10;
    }
  if (strcmp (text, "Z") != 0)
    return -1;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return (int64_t)timegm (&tm) * 1000 + fraction;
}

void
azml__clock_boot_id (char id[40])
{
  static _Thread_local char known[40]; /* it does not change while we live */
  if (!known[0])
    {
      AZML_AUTO_CLOSE int fd =
          open ("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
      ssize_t n = fd < 0 ? 0 : read (fd, known, 36);
      known[n > 0 ? n : 0] = '\0';
    }
  memcpy (id, known, sizeof known);
}

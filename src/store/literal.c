/* literal.c: numbers, durations and times as people type them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/literal.h"

#include <locale.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/json.h"
#include "run/text.h"

/* The number at the start of TEXT, digits with an optional fraction; with EXPONENT
   an exponent too.  Return its length, 0 if there is none.  */
static size_t
scan_number (const char *text, int exponent)
{
  const char *p = text;
  size_t digits = strspn (p, "0123456789");
  p += digits;
  if (*p == '.')
    {
      size_t fraction = strspn (p + 1, "0123456789");
      digits += fraction;
      p += 1 + fraction;
    }
  if (!digits)
    return 0;
  if (exponent && (*p == 'e' || *p == 'E'))
    {
      const char *q = p + 1;
      q += *q == '+' || *q == '-';
      size_t n = strspn (q, "0123456789");
      if (n)
        p = q + n;
    }
  return (size_t)(p - text);
}

/* strtod with a decimal point, whatever the program's locale.  */
static double
convert (const char *text)
{
  locale_t c = newlocale (LC_NUMERIC_MASK, "C", (locale_t)0);
  if (c == (locale_t)0)
    return strtod (text, NULL);
  locale_t old = uselocale (c);
  double number = strtod (text, NULL);
  uselocale (old);
  freelocale (c);
  return number;
}

int
azml__literal_number (const char *text, double *ret)
{
  int negative = *text == '-';
  const char *p = text + (*text == '-' || *text == '+');
  size_t n = scan_number (p, 1);
  if (n && !p[n])
    *ret = convert (p);
  else if (strcasecmp (p, "inf") == 0 || strcasecmp (p, "infinity") == 0)
    *ret = INFINITY;
  else if (strcasecmp (p, "nan") == 0)
    *ret = NAN;
  else
    return -1;
  if (negative)
    *ret = -*ret;
  return 0;
}

/* The unit at P: seconds in it, its length in *N; 0 if there is none.  */
static double
unit (const char *p, size_t *n)
{
  static const struct
  {
    const char *name;
    double seconds;
  } units[] = {
    { "ms", 0.001 }, { "min", 60 }, { "sec", 1 },   { "s", 1 },
    { "m", 60 },     { "h", 3600 }, { "d", 86400 }, { "w", 7 * 86400.0 }
  };
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    {
      *n = strlen (units[i].name);
      if (strncmp (p, units[i].name, *n) == 0)
        return units[i].seconds;
    }
  return 0;
}

int
azml__literal_seconds (const char *text, double *ret)
{
  double total = 0;
  if (azml__literal_number (text, ret) == 0)
    return isfinite (*ret) ? 0 : -1;
  for (const char *p = text; *p;)
    {
      size_t n = scan_number (p, 0), width = 0;
      double factor = n ? unit (p + n, &width) : 0;
      if (factor == 0)
        return -1;
      total += convert (p) * factor;
      p += n + width;
    }
  if (!*text || !isfinite (total))
    return -1;
  *ret = total;
  return 0;
}

/* Read "+02:00", "-0330", "Z" or nothing at P; store the offset in minutes.  Return
   1 if there is one, 0 if there is nothing, -1 for anything else.  */
static int
zone (const char *p, int *minutes)
{
  int hour, minute, used = 0;
  *minutes = 0;
  if (!*p)
    return 0;
  if (strcmp (p, "Z") == 0 || strcmp (p, "z") == 0)
    return 1;
  if (*p != '+' && *p != '-')
    return -1;
  if ((sscanf (p + 1, "%2d:%2d%n", &hour, &minute, &used) == 2
       || sscanf (p + 1, "%2d%2d%n", &hour, &minute, &used) == 2)
      && used >= 4 && !p[1 + used] && hour < 24 && minute < 60)
    {
      *minutes = (*p == '-' ? -1 : 1) * (hour * 60 + minute);
      return 1;
    }
  return -1;
}

static int64_t
to_ms (struct tm tm, int has_zone, int minutes)
{
  tm.tm_isdst = -1;
  time_t t = has_zone ? timegm (&tm) - (time_t)minutes * 60 : mktime (&tm);
  return (int64_t)t * 1000;
}

/* The digits after a decimal point at *P as milliseconds, *P moved behind them.  */
static int
milliseconds (const char **p)
{
  int ms = 0, weight = 100;
  for (; **p >= '0' && **p <= '9'; ++*p, weight /= 10)
    ms += (**p - '0') * weight;
  return ms;
}

static int
calendar_time (const char *text, int64_t *from, int64_t *to)
{
  struct tm tm = { .tm_mday = 1 };
  int used = 0, minutes, ms = 0;
  int64_t width = 86400000;
  if (sscanf (text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used)
          != 3
      || used < 8 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1
      || tm.tm_mday > 31 || tm.tm_year < 1970)
    return -1;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  const char *p = text + used;
  if (*p == 'T' || *p == 't' || *p == ' ')
    {
      p++;
      if (sscanf (p, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &used) != 2)
        return -1;
      p += used;
      width = 60000;
      if (*p == ':')
        {
          if (sscanf (p, ":%2d%n", &tm.tm_sec, &used) != 1)
            return -1;
          p += used;
          width = 1000;
          if (*p == '.')
            {
              p++;
              ms = milliseconds (&p);
              width = 1;
            }
        }
      if (tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59
          || tm.tm_sec < 0 || tm.tm_sec > 60)
        return -1;
    }
  int has_zone = zone (p, &minutes);
  if (has_zone < 0)
    return -1;
  *from = to_ms (tm, has_zone, minutes) + ms;
  *to = *from + width;
  if (width == 86400000)
    {
      tm.tm_mday++; /* a day need not have 24 hours */
      *to = to_ms (tm, has_zone, minutes);
    }
  return 0;
}

/* The day that is DAYS after the one NOW is in.  */
static int
day (int64_t now, int days, int64_t *from, int64_t *to)
{
  time_t t = (time_t)(now / 1000);
  struct tm tm;
  if (!localtime_r (&t, &tm))
    return -1;
  tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
  tm.tm_mday += days;
  *from = to_ms (tm, 0, 0);
  tm.tm_mday++;
  *to = to_ms (tm, 0, 0);
  return 0;
}

int
azml__literal_time (const char *text, int64_t now, int64_t *from, int64_t *to)
{
  double seconds;
  if (strcasecmp (text, "today") == 0)
    return day (now, 0, from, to);
  if (strcasecmp (text, "yesterday") == 0)
    return day (now, -1, from, to);
  if (strcasecmp (text, "now") == 0)
    {
      *from = *to = now;
      return 0;
    }
  if (*text == '-' && azml__literal_seconds (text + 1, &seconds) == 0
      && seconds < 1e11 && text[strlen (text) - 1] > '9')
    {
      *from = *to = now - (int64_t)(seconds * 1000);
      return 0;
    }
  return calendar_time (text, from, to);
}

char *
azml__literal_text (const json_t *json)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (json_is_string (json))
    return strdup (json_string_value (json));
  if (json_is_boolean (json))
    return strdup (json_is_true (json) ? "true" : "false");
  if (json_is_null (json) || !json)
    return NULL;
  if (json_is_object (json))
    {
      char *bytes = azml__text_of_json (json);
      if (bytes)
        return bytes;
    }
  if (json_is_real (json))
    {
      /* The fewest digits that read back as the same number.  */
      for (int digits = 15; digits <= 17; digits++)
        {
          char number[64];
          snprintf (number, sizeof number, "%.*g", digits, json_real_value (json));
          char *comma = strchr (number, ',');
          if (comma)
            *comma = '.';
          if (digits == 17 || convert (number) == json_real_value (json))
            return strdup (number);
        }
    }
  if (azml__json_append (&text, json, NULL) < 0)
    return NULL;
  return azml__buffer_steal (&text);
}

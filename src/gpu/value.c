/* value.c: the values that nvidia-smi prints.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/value.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MIB ((int64_t)1 << 20)
#define LARGEST 1e15

/* 1 if TEXT is WORD, perhaps in brackets.  */
static int
is_word (const char *text, const char *word)
{
  size_t n = strlen (word);
  int bracket = *text == '[';
  text += bracket;
  return strncasecmp (text, word, n) == 0
         && (bracket ? strcmp (text + n, "]") == 0 : !text[n]);
}

int
azml__gpu_value_is_error (const char *text)
{
  return is_word (text, "ERR!") || is_word (text, "Unknown Error")
         || is_word (text, "GPU is lost") || is_word (text, "GPU requires reset")
         || is_word (text, "Reset Required");
}

int
azml__gpu_value_is_missing (const char *text)
{
  return !*text || is_word (text, "N/A") || is_word (text, "Not Supported")
         || is_word (text, "Not Available") || is_word (text, "Not Found")
         || is_word (text, "Insufficient Permissions") || is_word (text, "Unknown")
         || is_word (text, "Not Available in WDDM driver model")
         || is_word (text, "Requested functionality has been deprecated")
         || azml__gpu_value_is_error (text);
}

/* The number in front of TEXT, what follows it in *UNIT; -1 if there is none.  */
static double
number (const char *text, const char **unit)
{
  char *end;
  if (!isdigit ((unsigned char)*text))
    return -1;
  double value = strtod (text, &end);
  while (*end == ' ')
    end++;
  *unit = end;
  return isfinite (value) && value >= 0 && value < LARGEST ? value : -1;
}

int64_t
azml__gpu_value_bytes (const char *text)
{
  static const struct
  {
    const char *name;
    int64_t size;
  } units[] = { { "", MIB },           { "MiB", MIB },      { "MB", MIB },
                { "KiB", 1024 },       { "KB", 1024 },      { "B", 1 },
                { "GiB", 1024 * MIB }, { "GB", 1024 * MIB } };
  const char *unit = "";
  double value = number (text, &unit);
  for (size_t i = 0; value >= 0 && i < sizeof units / sizeof *units; i++)
    if (strcmp (unit, units[i].name) == 0
        && value < LARGEST / (double)units[i].size)
      return (int64_t)(value * (double)units[i].size);
  return -1;
}

int64_t
azml__gpu_value_integer (const char *text)
{
  double value = azml__gpu_value_number (text);
  return value < 0 ? -1 : (int64_t)value;
}

double
azml__gpu_value_number (const char *text)
{
  const char *unit;
  return number (text, &unit);
}

int64_t
azml__gpu_value_capability (const char *text)
{
  char *end;
  if (!isdigit ((unsigned char)*text))
    return -1;
  long major = strtol (text, &end, 10), minor = 0;
  if (*end == '.' && isdigit ((unsigned char)end[1]))
    minor = strtol (end + 1, &end, 10);
  return *end || major > 99 || minor > 9 ? -1 : major * 10 + minor;
}

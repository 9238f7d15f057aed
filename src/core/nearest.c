/* nearest.c: "did you mean".
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/nearest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 32

static int
same (char a, char b)
{
  return tolower ((unsigned char)a) == tolower ((unsigned char)b);
}

/* The number of letters to change, add, drop or swap to get from A to B, in which
   capitals count as small.  */
static size_t
distance (const char *a, const char *b)
{
  size_t n = strlen (a), m = strlen (b);
  size_t row[3][LONGEST + 1];
  if (n > LONGEST || m > LONGEST)
    return LONGEST;
  for (size_t j = 0; j <= m; j++)
    row[0][j] = j;
  for (size_t i = 1; i <= n; i++)
    {
      size_t *now = row[i % 3], *above = row[(i + 2) % 3],
             *twice = row[(i + 1) % 3];
      now[0] = i;
      for (size_t j = 1; j <= m; j++)
        {
          size_t best = above[j - 1] + !same (a[i - 1], b[j - 1]);
          best = above[j] + 1 < best ? above[j] + 1 : best;
          best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
          if (i > 1 && j > 1 && same (a[i - 1], b[j - 2])
              && same (a[i - 2], b[j - 1]) && twice[j - 2] + 1 < best)
            best = twice[j - 2] + 1;
          now[j] = best;
        }
    }
  return row[n % 3][m];
}

const char *
azml__nearest (const char *word, const char *const *names, size_t n)
{
  const char *nearest = NULL;
  size_t limit = strlen (word) < 4 ? 1 : strlen (word) < 8 ? 2 : 3;
  for (size_t i = 0; i < n; i++)
    {
      size_t d = distance (word, names[i]);
      if (d <= limit && (!nearest || d < distance (word, nearest)))
        nearest = names[i];
    }
  return nearest;
}

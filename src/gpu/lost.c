/* lost.c: GPUs that the driver counts and cannot reach.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   nvidia-smi tells them in a line of their own.  Its words as real machines printed
   them, by the threads and logs that show them:
     "... for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU"
       (JosephKJ/OWOD issue 81, AlexeyAB/darknet issue 86),
     "... for GPU0000:07:00.0: Unknown Error"
       (pdbear/syno_nvidia_gpu_driver issue 22),
     "... for GPU1: 0000:34:00.0: Unknown Error", then what the others say
       (a log of driver 610.57.04),
     "... for GPU2: Unknown Error" (a log, driver not told).
   Older drivers say nothing of the others then; newer ones go on.  */

#include <config.h>

#include "gpu/lost.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/printable.h"

#define TELLS "Unable to determine the device handle for "
#define LINE_LIMIT 400
#define BUS_SIZE 32

int
azml__gpu_lost_is_told (const char *text)
{
  return strcasestr (text, TELLS) != NULL;
}

/* Read a bus id at *TEXT and go past it; write it to BUS as the XML writes it.  */
static int
read_bus (const char **text, char bus[BUS_SIZE])
{
  unsigned domain, number, device, function;
  int n = 0;
  if (strspn (*text, "0123456789abcdefABCDEF") < 4
      || sscanf (*text, "%8x:%2x:%2x.%1x%n", &domain, &number, &device, &function,
                 &n)
             != 4)
    return 0;
  snprintf (bus, BUS_SIZE, "%08X:%02X:%02X.%X", domain, number, device, function);
  *text += n;
  return 1;
}

/* Where a GPU belongs that is at BUS ("": not told) and the INDEX-th (-1: not told).  */
static size_t
find_place (const azml__gpu_list *list, const char *bus, long index)
{
  long seen = 0;
  for (size_t i = 0; i < list->count; i++)
    {
      if (list->gpus[i].parent >= 0)
        continue;
      if (*bus ? list->gpus[i].bus && strcasecmp (bus, list->gpus[i].bus) < 0
               : seen == index)
        return i;
      seen++;
    }
  return list->count;
}

static int
is_known (const azml__gpu_list *list, const char *bus)
{
  for (size_t i = 0; i < list->count; i++)
    if (*bus && list->gpus[i].bus && strcasecmp (bus, list->gpus[i].bus) == 0)
      return 1;
  return 0;
}

/* Put a GPU at BUS that is lost because of REASON into LIST.  */
static int
add (azml__gpu_list *list, const char *bus, long index, const char *reason)
{
  char problem[LINE_LIMIT + 80];
  size_t place = find_place (list, bus, index);
  azml__gpu *grown = reallocarray (list->gpus, list->count + 1, sizeof *grown);
  if (!grown)
    return -1;
  list->gpus = grown;
  memmove (grown + place + 1, grown + place, (list->count - place) * sizeof *grown);
  list->count++;
  for (size_t i = place + 1; i < list->count; i++)
    grown[i].parent += grown[i].parent >= (int)place;
  grown[place] = azml__gpu_unknown (-1);
  snprintf (problem, sizeof problem,
            "the driver cannot reach it (%s): it may have fallen off the bus, the "
            "machine must be rebooted",
            reason);
  grown[place].problem = azml__printable (strdup (problem));
  grown[place].bus = *bus ? strdup (bus) : NULL;
  return grown[place].problem && (!*bus || grown[place].bus) ? 0 : -1;
}

/* A line from where it names the GPU: "GPU1: 0000:34:00.0: Unknown Error".  */
static int
add_line (azml__gpu_list *list, const char *text)
{
  char bus[BUS_SIZE] = "";
  long index = -1;
  if (strncasecmp (text, "gpu", 3) == 0)
    text += 3;
  text += strspn (text, " ");
  if (!read_bus (&text, bus) && isdigit ((unsigned char)*text))
    {
      char *end;
      index = strtol (text, &end, 10);
      text = end + strspn (end, ": ");
      read_bus (&text, bus);
    }
  text += strspn (text, ": ");
  if (is_known (list, bus) || (!*bus && index < 0))
    return 0;
  return add (list, bus, index, *text ? text : "Unknown Error");
}

int
azml__gpu_lost_add (azml__gpu_list *list, const char *text, size_t n,
                    azml_error **err)
{
  const char *end = text + n;
  while (text < end)
    {
      char line[LINE_LIMIT];
      const char *newline = memchr (text, '\n', (size_t)(end - text));
      size_t length = (size_t)((newline ? newline : end) - text);
      size_t kept = length < sizeof line ? length : sizeof line - 1;
      memcpy (line, text, kept);
      while (kept && isspace ((unsigned char)line[kept - 1]))
        kept--;
      line[kept] = '\0';
      const char *tells = strcasestr (line, TELLS);
      if (tells && add_line (list, tells + strlen (TELLS)) < 0)
        return azml__error_no_memory (err);
      text += length + 1;
    }
  return 0;
}

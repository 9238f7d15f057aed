/* point.c: fuzz the lines of metrics.jsonl.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A line is read by a look, or by the JSON parser; a member that is not known makes it
   the parser.  Both must say the same.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "fuzz.h"
#include "run/point.h"

static int
is_same (const azml__number *a, const azml__number *b)
{
  return a->kind == b->kind
         && (a->kind == AZML__NUMBER_NONE || memcmp (&a->real, &b->real, 8) == 0)
         && (a->kind != AZML__NUMBER_INTEGER || a->integer == b->integer);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  static locale_t c;
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  azml__point quick = { 0 }, slow = { 0 };
  const uint8_t *open = n ? memchr (data, '{', n) : NULL;
  if (!c)
    c = newlocale (LC_ALL_MASK, "C", (locale_t)0);
  if (azml__point_read ((const char *)data, n, c, &quick) < 0 || !open)
    return 0;
  size_t before = (size_t)(open - data) + 1;
  azml__buffer_add (&line, data, before);
  azml__buffer_add_text (&line, "\"unknown\": 0, ");
  azml__buffer_add (&line, data + before, n - before);
  if (azml__point_read (line.data, line.length, c, &slow) < 0)
    abort ();
  if (quick.name_length != slow.name_length
      || memcmp (quick.name, slow.name, slow.name_length) != 0
      || !is_same (&quick.value, &slow.value) || !is_same (&quick.step, &slow.step))
    abort ();
  azml__point_done (&quick);
  azml__point_done (&slow);
  return 0;
}

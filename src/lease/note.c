/* note.c: what the holder of a GPU tells the one who takes it next.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/note.h"

#include <stdio.h>
#include <string.h>

#define MOST_BYTES ((int64_t)1 << 50)

void
azml__lease_note_write (const azml__lease_note *note, azml__buffer *text)
{
  azml__buffer_add_format (text, "free %s %lld %lld\n", note->uuid,
                           (long long)note->at_ms, (long long)note->memory_used);
}

int
azml__lease_note_read (const char *text, azml__lease_note *ret)
{
  azml__lease_note note;
  long long at, used;
  int n = 0;
  if (sscanf (text, "free %107s %18lld %18lld%n", note.uuid, &at, &used, &n) != 3
      || text[n] || at < 0 || used < -1 || used > MOST_BYTES)
    return -1;
  note.at_ms = at;
  note.memory_used = used;
  *ret = note;
  return 0;
}

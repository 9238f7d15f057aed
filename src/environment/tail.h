/* tail.h: the last lines that a builder printed, for the error message.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_TAIL_H
#define AZML_ENVIRONMENT_TAIL_H

#include "core/buffer.h"

typedef struct azml__tail
{
  azml__buffer bytes;
} azml__tail;

/* Take N more BYTES of output; what is far from the end is forgotten.  */
void azml__tail_add (azml__tail *tail, const char *bytes, size_t n);

/* The last lines (new), each behind a newline and two blanks, readable whatever was
   printed: no escape sequence, no control character, valid UTF-8, the final state
   of a line that was overwritten.  NULL when out of memory.  */
char *azml__tail_lines (const azml__tail *tail);

/* What can be done about it, by what the lines say, or NULL.  */
const char *azml__tail_hint (const azml__tail *tail);

void azml__tail_done (azml__tail *tail);

#endif

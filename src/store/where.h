/* where.h: the filter language of `history list --where`, as SQL.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

     filter     = term { "or" term }
     term       = factor { "and" factor }
     factor     = "not" factor | "(" filter ")" | comparison
     comparison = field [ operator value ]
     operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
     value      = a bare word, or a string in double or single quotes

   metrics.accuracy > 0.9 and state = completed and not (parameters.lr < 0.1)

   A field alone means that the run has it.  A comparison with what a run does not
   have is false, also with != (`not (a = b)` is true then).  ~ means contains, or,
   where the value has * or ?, matches as a whole; capitals do not matter to it.  A
   time like 2026-01-31 means the whole day: > is after it, >= from its start.

   Nothing of the text becomes SQL: fields come from a table, and values are bound.
 */

#ifndef AZML_STORE_WHERE_H
#define AZML_STORE_WHERE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"
#include "store/field.h"

typedef struct azml__where_value
{
  enum
  {
    AZML__VALUE_NUMBER,
    AZML__VALUE_INTEGER,
    AZML__VALUE_TEXT
  } kind;
  double number;
  int64_t integer;
  char *text;
} azml__where_value;

/* A part of the condition that an index on TABLE answers, and that every row must meet:
   where few do, it is the place to start.  Of the SQL it is the bytes FROM to TO, the
   condition on TABLE those from INNER to TO - 1, whose values are FIRST to LAST.  */
typedef struct azml__where_narrow
{
  const char *table;
  size_t from, inner, to;
  size_t first, last;
} azml__where_narrow;

#define AZML__WHERE_NARROWS 8

/* A condition on the row `r` of runs, with a ? for each value.  */
typedef struct azml__where
{
  azml__buffer sql;
  azml__where_value *values;
  size_t n, size;
  azml__where_narrow narrows[AZML__WHERE_NARROWS];
  int n_narrows;
  json_t *names; /* what it asks for, as azml__field_note has it; or NULL */
} azml__where;

void azml__where_done (azml__where *where);

/* Compile TEXT; relative times count from NOW (ms).  *WHERE must be zero.
   AZML_E_INVALID: the message starts with "filter, column N: ", in characters
   from 1.  */
int azml__where_compile (const char *text, int64_t now, azml__where *where,
                         azml_error **err);

/* Let the hint of *ERR say which state STATE, the name of none, may be meant to be.  */
void azml__where_hint_state (const char *state, azml_error **err);

/* Append "and COLUMN = VALUE".  */
int azml__where_equal (azml__where *where, const char *column, const char *value,
                       azml_error **err);

/* Append a ? for a value.  TEXT is copied.  */
int azml__where_add_text (azml__where *where, const char *text, azml_error **err);
int azml__where_add_integer (azml__where *where, int64_t integer, azml_error **err);

#endif

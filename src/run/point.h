/* point.h: one line of metrics.jsonl.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUN_POINT_H
#define AZML_RUN_POINT_H

#include <jansson.h>
#include <locale.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

/* A number as it was written: 3 and 3.0 stay different.  */
typedef struct azml__number
{
  enum
  {
    AZML__NUMBER_NONE,
    AZML__NUMBER_INTEGER,
    AZML__NUMBER_REAL
  } kind;
  double real; /* the value, of an integer too */
  json_int_t integer;
} azml__number;

/* The JSON value of NUMBER (new); NULL for none.  */
json_t *azml__number_to_json (const azml__number *number);

typedef struct azml__point
{
  const char *name; /* UTF-8; %XX for each byte that is not */
  size_t name_length;
  azml__number value; /* of a list the last element; none: a text */
  azml__number step;  /* or none */
  json_t *json;       /* the line, where more than a look was needed to read it */
  char *own_name;
} azml__point;

void azml__point_done (azml__point *point);

/* Read the N bytes of LINE, which the point refers to.  C is the locale "C".  Return 0,
   or -1 if it is no point.  */
int azml__point_read (const char *line, size_t n, locale_t c, azml__point *ret);

/* 1 if VALUE is what a metric may have: a number, a boolean, a text, a list of such.  */
int azml__point_is_value (const json_t *value);

#endif

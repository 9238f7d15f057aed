/* point.c: one line of metrics.jsonl.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A training run logs millions of lines, and nearly all look like
   {"name": "loss", "value": 0.25, "step": 3, "time": "..."}: these are read in one pass
   without memory.  Whatever looks different goes to the JSON parser, which decides.  */

#include <config.h>

#include "run/point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "run/text.h"

void
azml__point_done (azml__point *point)
{
  json_decref (point->json);
  free (point->own_name);
  *point = (azml__point){ 0 };
}

json_t *
azml__number_to_json (const azml__number *number)
{
  switch (number->kind)
    {
    case AZML__NUMBER_INTEGER:
      return json_integer (number->integer);
    case AZML__NUMBER_REAL:
      return azml__json_number (number->real);
    default:
      return NULL;
    }
}

typedef struct scanner
{
  const char *p, *end;
  locale_t c;
} scanner;

static void
skip_blanks (scanner *s)
{
  while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
    s->p++;
}

static int
take (scanner *s, char c)
{
  skip_blanks (s);
  if (s->p >= s->end || *s->p != c)
    return 0;
  s->p++;
  return 1;
}

/* A string of plain ASCII without a backslash; its bytes.  */
static int
scan_string (scanner *s, const char **ret, size_t *n)
{
  if (!take (s, '"'))
    return 0;
  const char *from = s->p;
  while (s->p < s->end && *s->p != '"')
    {
      if (*s->p < ' ' || *s->p > '~' || *s->p == '\\')
        return 0;
      s->p++;
    }
  if (s->p >= s->end)
    return 0;
  *ret = from;
  *n = (size_t)(s->p++ - from);
  return 1;
}

static size_t
scan_digits (scanner *s)
{
  const char *from = s->p;
  while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
    s->p++;
  return (size_t)(s->p - from);
}

/* A number by JSON's grammar, of usual length.  */
static int
scan_number (scanner *s, azml__number *ret)
{
  char text[40];
  int real = 0;
  skip_blanks (s);
  const char *from = s->p;
  if (s->p < s->end && *s->p == '-')
    s->p++;
  const char *first = s->p;
  size_t digits = scan_digits (s);
  if (!digits || digits > 18 || (digits > 1 && *first == '0'))
    return 0;
  if (s->p < s->end && *s->p == '.')
    {
      real = 1;
      s->p++;
      if (!scan_digits (s))
        return 0;
    }
  if (s->p < s->end && (*s->p == 'e' || *s->p == 'E'))
    {
      real = 1;
      s->p++;
      if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
        s->p++;
      if (!scan_digits (s))
        return 0;
    }
  size_t n = (size_t)(s->p - from);
  if (n >= sizeof text)
    return 0;
  memcpy (text, from, n);
  text[n] = '\0';
  ret->kind = real ? AZML__NUMBER_REAL : AZML__NUMBER_INTEGER;
  if (real)
    {
      ret->real = strtod_l (text, NULL, s->c);
      if (isinf (ret->real))
        return 0; /* the parser refuses it */
    }
  else
    {
      ret->integer = strtoll (text, NULL, 10);
      ret->real = (double)ret->integer;
    }
  return 1;
}

static int
is (const char *key, size_t n, const char *word)
{
  return n == strlen (word) && memcmp (key, word, n) == 0;
}

/* One "key": value.  A key that is not known, or comes twice, is not for us.  */
static int
scan_member (scanner *s, azml__point *point, int *has_time)
{
  const char *key, *ignored;
  size_t n, length;
  if (!scan_string (s, &key, &n) || !take (s, ':'))
    return 0;
  if (is (key, n, "name"))
    return !point->name && scan_string (s, &point->name, &point->name_length);
  if (is (key, n, "value"))
    return !point->value.kind && scan_number (s, &point->value);
  if (is (key, n, "step"))
    return !point->step.kind && scan_number (s, &point->step);
  return is (key, n, "time") && !(*has_time)++
         && scan_string (s, &ignored, &length);
}

static int
scan (const char *line, size_t n, locale_t c, azml__point *ret)
{
  scanner s = { line, line + n, c };
  azml__point point = { 0 };
  int has_time = 0;
  if (!take (&s, '{'))
    return 0;
  do
    if (!scan_member (&s, &point, &has_time))
      return 0;
  while (take (&s, ','));
  if (!take (&s, '}') || !point.name || !point.name_length || !point.value.kind)
    return 0;
  skip_blanks (&s);
  if (s.p != s.end)
    return 0;
  *ret = point;
  return 1;
}

static azml__number
number_of_json (const json_t *json)
{
  azml__number number = { AZML__NUMBER_NONE, 0, 0 };
  if (json_is_boolean (json))
    {
      number.kind = AZML__NUMBER_INTEGER;
      number.integer = json_is_true (json);
      number.real = (double)number.integer;
      return number;
    }
  if (azml__json_get_number (json, &number.real) < 0)
    return number;
  number.kind = json_is_integer (json) ? AZML__NUMBER_INTEGER : AZML__NUMBER_REAL;
  number.integer = json_integer_value (json);
  return number;
}

static int
is_text (const json_t *value)
{
  return json_is_string (value)
         || (json_object_size (value) == 1
             && json_is_string (json_object_get (value, "bytes")));
}

static int
is_member (const json_t *value)
{
  size_t n = json_array_size (value);
  if (!json_is_array (value))
    return json_is_number (value) || json_is_boolean (value) || is_text (value);
  for (size_t i = 0; i < n; i++)
    if (!is_member (json_array_get (value, i)))
      return 0;
  return 1;
}

int
azml__point_is_value (const json_t *value)
{
  return is_member (value) && (!json_is_array (value) || json_array_size (value));
}

/* Whether VALUE is a list of numbers, a course; tables and texts are none.  */
static int
is_course (const json_t *value)
{
  double number;
  size_t n = json_array_size (value);
  for (size_t i = 0; i < n; i++)
    if (azml__json_get_number (json_array_get (value, i), &number) < 0)
      return 0;
  return n != 0;
}

int
azml__point_read (const char *line, size_t n, locale_t c, azml__point *ret)
{
  azml__point point = { 0 };
  if (scan (line, n, c, ret))
    return 0;
  if (azml__json_parse (line, n, "metrics.jsonl", &point.json, NULL) < 0)
    return -1;
  const json_t *name = json_object_get (point.json, "name");
  const json_t *value = json_object_get (point.json, "value");
  const json_t *step = json_object_get (point.json, "step");
  if (is_text (name) && azml__point_is_value (value))
    point.own_name = azml__text_of_json (name);
  if (!point.own_name || !*point.own_name)
    {
      azml__point_done (&point);
      return -1;
    }
  point.name = point.own_name;
  point.name_length = strlen (point.name);
  if (is_course (value))
    value = json_array_get (value, json_array_size (value) - 1);
  point.value = number_of_json (value);
  if (json_is_number (step))
    point.step = number_of_json (step);
  *ret = point;
  return 0;
}

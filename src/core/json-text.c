/* json-text.c: JSON values as text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   jansson prints 0.1 as 0.10000000000000001, or drops digits.  People read these files
   with cat, so a real is printed with the fewest digits that read back as the same
   number.  */

#include <config.h>

#include "core/json.h"

#include <stdio.h>
#include <string.h>

static int append_value (azml__buffer *buffer, const json_t *json);

static int
append_chunk (const char *data, size_t n, void *buffer)
{
  azml__buffer_add (buffer, data, n);
  return azml__buffer_ok (buffer) ? 0 : -1;
}

static void
append_real (azml__buffer *buffer, double number)
{
  char text[32];
  for (int digits = 15; digits <= 17; digits++)
    {
      snprintf (text, sizeof text, "%.*g", digits, number);
      if (strtod (text, NULL) == number)
        break;
    }
  azml__buffer_add_text (buffer, text);
  /* 3 would be read back as an integer.  */
  if (!strpbrk (text, ".e"))
    azml__buffer_add_text (buffer, ".0");
}

static int
append_array (azml__buffer *buffer, const json_t *array)
{
  int rc = 0;
  azml__buffer_add_char (buffer, '[');
  for (size_t i = 0; rc == 0 && i < json_array_size (array); i++)
    {
      if (i)
        azml__buffer_add_char (buffer, ',');
      rc = append_value (buffer, json_array_get (array, i));
    }
  azml__buffer_add_char (buffer, ']');
  return rc;
}

static int
append_string (azml__buffer *buffer, const char *text)
{
  AZML_AUTO (json_t) string = json_string_nocheck (text);
  return string ? append_value (buffer, string) : -1;
}

static int
append_object (azml__buffer *buffer, json_t *object)
{
  const char *key, *separator = "{";
  json_t *value;
  json_object_foreach (object, key, value)
  {
    azml__buffer_add_text (buffer, separator);
    separator = ",";
    if (append_string (buffer, key) < 0)
      return -1;
    azml__buffer_add_char (buffer, ':');
    if (append_value (buffer, value) < 0)
      return -1;
  }
  azml__buffer_add_text (buffer, *separator == '{' ? "{}" : "}");
  return 0;
}

static int
append_value (azml__buffer *buffer, const json_t *json)
{
  if (json_is_real (json))
    append_real (buffer, json_real_value (json));
  else if (json_is_array (json))
    return append_array (buffer, json);
  else if (json_is_object (json))
    return append_object (buffer, (json_t *)json);
  else
    return json_dump_callback (json, append_chunk, buffer, JSON_ENCODE_ANY);
  return 0;
}

int
azml__json_append (azml__buffer *buffer, const json_t *json, azml_error **err)
{
  if (json && append_value (buffer, json) == 0 && azml__buffer_ok (buffer))
    return 0;
  return azml__error_no_memory (err);
}

/* json.c: JSON values (jansson's) in files and frames.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/json.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>

#include "core/base64.h"
#include "core/file.h"

static int
is_word_char (int c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || c == '_';
}

/* Length of the bare word NaN, Infinity or -Infinity at P, else 0.  */
static size_t
bare_number (const char *p, size_t n)
{
  static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
  for (int i = 0; i < 3; i++)
    {
      size_t length = strlen (words[i]);
      if (n >= length && memcmp (p, words[i], length) == 0
          && (n == length || !is_word_char (p[length])))
        return length;
    }
  return 0;
}

/* Copy TEXT to OUT with quotes around bare NaN and Infinity; refuse deep nesting
   before the parser recurses into it.  */
static int
quote_bare_numbers (const char *text, size_t n, azml__buffer *out, const char *what,
                    azml_error **err)
{
  int in_string = 0, depth = 0;
  size_t from = 0, containers = 0;
  for (size_t i = 0; i < n; i++)
    {
      char c = text[i];
      if (in_string)
        {
          if (c == '\\')
            i++;
          else if (c == '"')
            in_string = 0;
          continue;
        }
      if ((c == '{' || c == '[') && ++containers > AZML__JSON_CONTAINERS)
        return azml__error (err, AZML_E_TOO_LARGE, "%s: more than %zu objects",
                            what, AZML__JSON_CONTAINERS);
      if (c == '"')
        in_string = 1;
      else if ((c == '{' || c == '[') && ++depth > AZML__JSON_DEPTH)
        return azml__error (err, AZML_E_FORMAT, "%s: nested more than %d deep",
                            what, AZML__JSON_DEPTH);
      else if (c == '}' || c == ']')
        depth--;
      size_t length =
          c == 'N' || c == 'I' || c == '-' ? bare_number (text + i, n - i) : 0;
      if (!length)
        continue;
      azml__buffer_add (out, text + from, i - from);
      azml__buffer_add_format (out, "\"%.*s\"", (int)length, text + i);
      i += length - 1;
      from = i + 1;
    }
  if (from)
    azml__buffer_add (out, text + from, n - from);
  return azml__buffer_ok (out) ? 0 : azml__error_no_memory (err);
}

int
azml__json_parse (const char *text, size_t n, const char *what, json_t **ret,
                  azml_error **err)
{
  AZML_AUTO_BUFFER quoted = AZML__BUFFER_INIT;
  json_error_t failure;
  if (n > AZML__JSON_LIMIT)
    return azml__error (err, AZML_E_TOO_LARGE, "%s: more than %zu bytes of JSON",
                        what, AZML__JSON_LIMIT);
  int rc = quote_bare_numbers (text, n, &quoted, what, err);
  if (rc < 0)
    return rc;
  json_t *json = quoted.length ? json_loadb (quoted.data, quoted.length,
                                             JSON_DECODE_ANY, &failure)
                               : json_loadb (text, n, JSON_DECODE_ANY, &failure);
  if (!json)
    return azml__error (err, AZML_E_FORMAT, "%s:%d:%d: not JSON: %s", what,
                        failure.line, failure.column, failure.text);
  *ret = json;
  return 0;
}

int
azml__json_read (int folder, const char *name, json_t **ret, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = azml__file_read (folder, name, AZML__JSON_LIMIT, &text, err);
  return rc < 0 ? rc
                : azml__json_parse (text.data ? text.data : "", text.length, name,
                                    ret, err);
}

int
azml__json_write (int folder, const char *name, const json_t *json, mode_t mode,
                  int sync, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = azml__json_append (&text, json, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_char (&text, '\n');
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  return azml__file_replace (folder, name, text.data, text.length, mode, sync, err);
}

json_t *
azml__json_bytes (const char *bytes, size_t n)
{
  json_t *json = memchr (bytes, '\0', n) ? NULL : json_stringn (bytes, n);
  if (json)
    return json;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__base64_encode (&text, bytes, n);
  azml__buffer_add (&text, "", 0);
  return azml__buffer_ok (&text) ? json_pack ("{s:s}", "bytes", text.data) : NULL;
}

json_t *
azml__json_text (const char *text)
{
  return text ? azml__json_bytes (text, strlen (text)) : json_null ();
}

char *
azml__json_get_bytes (const json_t *json, size_t *n)
{
  AZML_AUTO_BUFFER bytes = AZML__BUFFER_INIT;
  const char *base64 = json_string_value (json_object_get (json, "bytes"));
  if (json_is_string (json))
    azml__buffer_add (&bytes, json_string_value (json), json_string_length (json));
  else if (!base64 || azml__base64_decode (&bytes, base64) < 0)
    return NULL;
  if (n)
    *n = bytes.length;
  return azml__buffer_steal (&bytes);
}

json_t *
azml__json_number (double number)
{
  if (isnan (number))
    return json_string ("NaN");
  if (isinf (number))
    return json_string (number > 0 ? "Infinity" : "-Infinity");
  return json_real (number);
}

int
azml__json_get_number (const json_t *json, double *ret)
{
  const char *text = json_string_value (json);
  if (json_is_number (json))
    *ret = json_number_value (json);
  else if (text && strcmp (text, "NaN") == 0)
    *ret = NAN;
  else if (text && strcmp (text, "Infinity") == 0)
    *ret = INFINITY;
  else if (text && strcmp (text, "-Infinity") == 0)
    *ret = -INFINITY;
  else
    return -1;
  return 0;
}

const char *
azml__json_string (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

json_int_t
azml__json_integer (const json_t *object, const char *key, json_int_t fallback)
{
  json_t *value = json_object_get (object, key);
  return json_is_integer (value) ? json_integer_value (value) : fallback;
}

int
azml__json_strings (const json_t *json, const char *what, char ***ret,
                    azml_error **err)
{
  size_t n = json_array_size (json);
  if (!json_is_array (json))
    return azml__error (err, AZML_E_FORMAT, "'%s' is not an array of strings",
                        what);
  AZML_AUTO_STRINGS strings = calloc (n + 1, sizeof *strings);
  if (!strings)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < n; i++)
    {
      size_t length = 0;
      strings[i] = azml__json_get_bytes (json_array_get (json, i), &length);
      if (!strings[i] || strlen (strings[i]) != length)
        return azml__error (err, AZML_E_FORMAT, "'%s': element %zu is not a string",
                            what, i);
    }
  *ret = azml_steal (&strings);
  return 0;
}

void
azml__strings_free (char **strings)
{
  for (char **p = strings; p && *p; p++)
    free (*p);
  free (strings);
}

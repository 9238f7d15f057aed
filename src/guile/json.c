/* json.c: jansson's values to Scheme and back.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   An object is an alist with symbols as keys, in order; an array a vector; null the
   symbol null.  */

#include <config.h>

#include "guile/binding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "digest/sha256.h"

static SCM null_symbol;

static SCM
from_object (const json_t *json)
{
  SCM list = SCM_EOL;
  for (void *i = json_object_iter ((json_t *)json); i;
       i = json_object_iter_next ((json_t *)json, i))
    list = scm_acons (
        scm_string_to_symbol (azml__guile_from_text (json_object_iter_key (i))),
        azml__guile_from_json (json_object_iter_value (i)), list);
  return scm_reverse_x (list, SCM_EOL);
}

static SCM
from_array (const json_t *json)
{
  size_t n = json_array_size (json);
  SCM vector = scm_c_make_vector (n, SCM_BOOL_F);
  for (size_t i = 0; i < n; i++)
    scm_c_vector_set_x (vector, i,
                        azml__guile_from_json (json_array_get (json, i)));
  return vector;
}

/* An object that is exactly {"bytes": "<base64>"} is a string.  */
static SCM
from_bytes_object (const json_t *json)
{
  size_t n;
  char *bytes =
      json_object_size (json) == 1 ? azml__json_get_bytes (json, &n) : NULL;
  if (!bytes)
    return SCM_UNDEFINED;
  SCM string = azml__guile_from_bytes (bytes, n);
  free (bytes);
  return string;
}

SCM
azml__guile_from_json (const json_t *json)
{
  if (!json)
    return SCM_BOOL_F;
  switch (json_typeof (json))
    {
    case JSON_OBJECT:
      {
        SCM string = from_bytes_object (json);
        return SCM_UNBNDP (string) ? from_object (json) : string;
      }
    case JSON_ARRAY:
      return from_array (json);
    case JSON_STRING:
      return azml__guile_from_bytes (json_string_value (json),
                                     json_string_length (json));
    case JSON_INTEGER:
      return scm_from_int64 (json_integer_value (json));
    case JSON_REAL:
      return scm_from_double (json_real_value (json));
    case JSON_TRUE:
      return SCM_BOOL_T;
    case JSON_FALSE:
      return SCM_BOOL_F;
    default:
      return null_symbol;
    }
}

SCM
azml__guile_take_json (json_t *json)
{
  SCM value = azml__guile_from_json (json);
  json_decref (json);
  return value;
}

/* Return the part of VALUE that is not JSON, SCM_UNDEFINED if there is none.  */
static SCM
find_bad (SCM value, int depth)
{
  SCM bad = SCM_UNDEFINED;
  long n = scm_ilength (value);
  if (depth > AZML__JSON_DEPTH)
    return value;
  if (n >= 0)
    {
      for (; n > 0 && SCM_UNBNDP (bad); n--, value = SCM_CDR (value))
        {
          SCM pair = SCM_CAR (value);
          if (!scm_is_pair (pair)
              || !(scm_is_symbol (SCM_CAR (pair))
                   || scm_is_string (SCM_CAR (pair))))
            return value;
          bad = find_bad (SCM_CDR (pair), depth + 1);
        }
      return bad;
    }
  if (scm_is_vector (value))
    {
      size_t length = scm_c_vector_length (value);
      for (size_t i = 0; i < length && SCM_UNBNDP (bad); i++)
        bad = find_bad (scm_c_vector_ref (value, i), depth + 1);
      return bad;
    }
  return scm_is_string (value) || scm_is_bool (value) || scm_is_real (value)
                 || scm_is_eq (value, null_symbol)
             ? SCM_UNDEFINED
             : value;
}

void
azml__guile_check_json (SCM value, const char *who, int position)
{
  SCM bad = find_bad (value, 0);
  if (!SCM_UNBNDP (bad))
    scm_wrong_type_arg_msg (who, position, bad, "JSON value");
}

/* Store VALUE under the key of N BYTES in OBJECT.  A byte that is not ASCII in a
   key that is not UTF-8 is %XX.  */
static int
set_member (json_t *object, const char *bytes, size_t n, json_t *value)
{
  AZML_AUTO (json_t) whole = json_stringn (bytes, n);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (whole)
    return json_object_set_new (object, bytes, value);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)bytes[i] < 0x80)
      azml__buffer_add_char (&text, bytes[i]);
    else
      azml__buffer_add_format (&text, "%%%02X", (unsigned char)bytes[i]);
  azml__buffer_add (&text, "", 0);
  return azml__buffer_ok (&text) ? json_object_set_new (object, text.data, value)
                                 : -1;
}

static json_t *
to_object (SCM list)
{
  json_t *object = json_object ();
  for (; object && scm_is_pair (list); list = SCM_CDR (list))
    {
      size_t n;
      SCM key = SCM_CAAR (list);
      SCM name = scm_is_symbol (key) ? scm_symbol_to_string (key) : key;
      const char *bytes = azml__guile_to_bytes (name, &n, "json", 0);
      if (set_member (object, bytes, n, azml__guile_to_json (SCM_CDAR (list))) < 0)
        {
          json_decref (object);
          return NULL;
        }
    }
  return object;
}

static json_t *
to_array (SCM vector)
{
  json_t *array = json_array ();
  size_t n = scm_c_vector_length (vector);
  for (size_t i = 0; array && i < n; i++)
    if (json_array_append_new (array,
                               azml__guile_to_json (scm_c_vector_ref (vector, i)))
        < 0)
      {
        json_decref (array);
        return NULL;
      }
  return array;
}

/* An integer beyond 64 bits becomes a real, as a fraction does.  */
static json_t *
to_number (SCM number)
{
  if (scm_is_signed_integer (number, INT64_MIN, INT64_MAX) && scm_is_exact (number))
    return json_integer (scm_to_int64 (number));
  return azml__json_number (scm_to_double (number));
}

json_t *
azml__guile_to_json (SCM value)
{
  size_t n;
  if (scm_is_null (value) || scm_is_pair (value))
    return to_object (value);
  if (scm_is_vector (value))
    return to_array (value);
  if (scm_is_string (value))
    {
      const char *bytes = azml__guile_to_bytes (value, &n, "json", 0);
      return azml__json_bytes (bytes, n);
    }
  if (scm_is_bool (value))
    return json_boolean (scm_is_true (value));
  if (scm_is_real (value))
    return to_number (value);
  return json_null ();
}

static SCM
json_read (SCM string)
{
  size_t n;
  const char *text = azml__guile_to_bytes (string, &n, "%json-read", 1);
  json_t *json = NULL;
  azml_error *err = NULL;
  if (azml__json_parse (text, n, "JSON", &json, &err) < 0)
    azml__guile_throw ("%json-read", err);
  return azml__guile_take_json (json);
}

static int
append_json (const char *data, size_t n, void *buffer)
{
  azml__buffer_add (buffer, data, n);
  return azml__buffer_ok (buffer) ? 0 : -1;
}

/* Append JSON to TEXT with jansson's FLAGS and drop the reference.  On one line numbers
   have the fewest digits that say them, as in files.  */
static int
dump (json_t *json, size_t flags, azml__buffer *text, azml_error **err)
{
  if (flags == JSON_COMPACT)
    {
      int done = azml__json_append (text, json, err);
      json_decref (json);
      return done;
    }
  int rc =
      json ? json_dump_callback (json, append_json, text, flags | JSON_ENCODE_ANY)
           : -1;
  json_decref (json);
  return rc < 0 ? azml__error_no_memory (err) : 0;
}

static SCM
json_write (SCM value, SCM indent)
{
  azml__buffer text = AZML__BUFFER_INIT;
  azml_error *err = NULL;
  azml__guile_check_json (value, "%json-write", 1);
  size_t flags = SCM_UNBNDP (indent) || scm_is_false (indent)
                     ? JSON_COMPACT
                     : JSON_INDENT ((size_t)azml__guile_to_integer (
                         indent, 1, 16, "%json-write", 2));
  if (dump (azml__guile_to_json (value), flags, &text, &err) < 0)
    {
      azml__buffer_done (&text);
      azml__guile_throw ("%json-write", err);
    }
  SCM string = azml__guile_from_bytes (text.data, text.length);
  azml__buffer_done (&text);
  return string;
}

static SCM
json_digest (SCM value)
{
  azml__buffer text = AZML__BUFFER_INIT;
  azml_error *err = NULL;
  azml__digest digest;
  char hex[AZML__DIGEST_HEX_SIZE];
  azml__guile_check_json (value, "%json-digest", 1);
  int rc = dump (azml__guile_to_json (value), JSON_COMPACT | JSON_SORT_KEYS, &text,
                 &err);
  if (rc == 0)
    azml__sha256_bytes (text.data, text.length, &digest);
  azml__buffer_done (&text);
  if (rc < 0)
    azml__guile_throw ("%json-digest", err);
  return azml__guile_from_text (azml__digest_hex (&digest, hex));
}

void
azml__guile_init_json (void)
{
  null_symbol = scm_permanent_object (scm_from_utf8_symbol ("null"));
  azml__guile_define ("%json-read", 1, 0, json_read);
  azml__guile_define ("%json-write", 1, 1, json_write);
  azml__guile_define ("%json-digest", 1, 0, json_digest);
}

/* json.h: JSON values (jansson's) in files and frames.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   JSON cannot hold all that a run has.  A string that is not UTF-8, or holds NUL,
   is
   {"bytes": "<base64>"}; a number that JSON lacks is the string "NaN", "Infinity"
   or
   "-Infinity".  Readers take these wherever a string or a number may stand.  */

#ifndef AZML_CORE_JSON_H
#define AZML_CORE_JSON_H

#include <jansson.h>

#include "core/buffer.h"
#include "core/error.h"

/* Largest text, deepest nesting and most objects and arrays taken from outside: two bytes
   of text make an object of some hundred.  */
#define AZML__JSON_LIMIT ((size_t)64 << 20)
#define AZML__JSON_DEPTH 100
#define AZML__JSON_CONTAINERS ((size_t)1 << 20)

/* Parse N bytes of TEXT.  Store the value (new) in *RET.  Bare NaN, Infinity and
   -Infinity, which Python's json writes, are taken as those strings.
   AZML_E_FORMAT: not JSON; WHAT names it in the message.  AZML_E_TOO_LARGE.  */
int azml__json_parse (const char *text, size_t n, const char *what, json_t **ret,
                      azml_error **err);

/* Parse the file NAME.  AZML_E_NOT_FOUND: there is none.  */
int azml__json_read (int folder, const char *name, json_t **ret, azml_error **err);

/* Append JSON as one line without a newline; a real has the fewest digits that read
   back as the same number.  */
int azml__json_append (azml__buffer *buffer, const json_t *json, azml_error **err);

/* Replace the file NAME by JSON, one line; see azml__file_replace.  */
int azml__json_write (int folder, const char *name, const json_t *json, mode_t mode,
                      int sync, azml_error **err);

/* The value for N bytes: a string, or {"bytes": ...} (new).  NULL when out of
   memory.  */
json_t *azml__json_bytes (const char *bytes, size_t n);

/* The same for a NUL-terminated string; NULL becomes null.  */
json_t *azml__json_text (const char *text);

/* The bytes of a string or {"bytes": ...} (new, NUL-terminated), their number in *N
   unless N is NULL; NULL if JSON is neither.  */
char *azml__json_get_bytes (const json_t *json, size_t *n);

/* The value for NUMBER, one of the three strings included (new).  */
json_t *azml__json_number (double number);

/* Store the number that JSON stands for in *RET.  Return 0, or -1 if it is none. */
int azml__json_get_number (const json_t *json, double *ret);

/* OBJECT[KEY] as a string, an integer: what is missing or of another type is NULL
   or FALLBACK.  Borrowed.  */
const char *azml__json_string (const json_t *object, const char *key);
json_int_t
azml__json_integer (const json_t *object, const char *key, json_int_t fallback);

/* The array of strings (or {"bytes"}) JSON as a NULL-terminated vector (new, free
   with azml__strings_free).  AZML_E_FORMAT if it is none; WHAT names it.  */
int azml__json_strings (const json_t *json, const char *what, char ***ret,
                        azml_error **err);
void azml__strings_free (char **strings);

static inline void
azml__auto_strings (char ***strings)
{
  azml__strings_free (*strings);
}
#define AZML_AUTO_STRINGS AZML_CLEANUP (azml__auto_strings) char **

#endif

/* text.c: names that are not UTF-8, and JSON, as text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/text.h"

#include <string.h>

#include "core/buffer.h"
#include "core/json.h"

/* Length of the UTF-8 character at P, 0 if there is none.  jansson is asked, whose
   opinion decides what can be written.  */
static size_t
character (const char *p, size_t n)
{
  for (size_t length = 1; length <= 4 && length <= n; length++)
    {
      AZML_AUTO (json_t) text = *p ? json_stringn (p, length) : NULL;
      if (text)
        return length;
    }
  return 0;
}

char *
azml__text_of_bytes (const char *bytes, size_t n)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < n;)
    {
      unsigned char c = (unsigned char)bytes[i];
      size_t length = c >= 1 && c < 128 ? 1 : character (bytes + i, n - i);
      if (length)
        azml__buffer_add (&text, bytes + i, length);
      else
        azml__buffer_add_format (&text, "%%%02X", c);
      i += length ? length : 1;
    }
  return azml__buffer_steal (&text);
}

char *
azml__text_of_json (const json_t *json)
{
  size_t n = 0;
  if (json_is_string (json))
    return strdup (json_string_value (json));
  AZML_AUTO_FREE char *bytes = azml__json_get_bytes (json, &n);
  return bytes ? azml__text_of_bytes (bytes, n) : NULL;
}

int
azml__text_json (const json_t *json, char **ret, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = azml__json_append (&text, json, err);
  if (rc < 0)
    return rc;
  char *line = azml__buffer_steal (&text);
  if (!line)
    return azml__error_no_memory (err);
  *ret = line;
  return 0;
}

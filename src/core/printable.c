/* printable.c: bytes as one line of UTF-8.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/printable.h"

#include <stdint.h>

#include "core/buffer.h"

/* The length of the character at P, or 0 if it is none that may be printed.  */
static size_t
character_length (const unsigned char *p)
{
  if (*p < 0x80)
    return *p >= ' ' && *p != 0x7f;
  size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
  if (n == 0 || *p > 0xf4)
    return 0;
  uint32_t code = *p & (0xffu >> (n + 1));
  for (size_t i = 1; i < n; i++)
    {
      if ((p[i] & 0xc0) != 0x80)
        return 0;
      code = code << 6 | (p[i] & 0x3fu);
    }
  static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
  if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return 0; /* too long a form, a surrogate, a C1 control character */
  return n;
}

char *
azml__printable (char *text)
{
  const unsigned char *p = (const unsigned char *)text;
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  size_t n;
  while (p && *p && (n = character_length (p)))
    p += n;
  if (!p || !*p)
    return text;
  for (p = (const unsigned char *)text; *p; p += n)
    {
      n = character_length (p);
      if (n)
        azml__buffer_add (&out, p, n);
      else
        {
          n = 1;
          if (*p == '\n' || *p == '\t')
            azml__buffer_add_text (&out, *p == '\n' ? "\\n" : "\\t");
          else
            azml__buffer_add_format (&out, "\\x%02x", *p);
        }
    }
  free (text);
  return azml__buffer_steal (&out);
}

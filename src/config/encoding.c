/* encoding.c: is it UTF-8?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/encoding.h"

#include <string.h>

#include "config/problem.h"

size_t
azml__encoding_length (const char *text, size_t n)
{
  const unsigned char *p = (const unsigned char *)text;
  if (!n)
    return 0;
  if (*p < 0x80)
    return 1;
  size_t length = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
  if (!length || length > n || *p > 0xf4)
    return 0;
  uint32_t code = *p & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; i++)
    {
      if ((p[i] & 0xc0) != 0x80)
        return 0;
      code = code << 6 | (p[i] & 0x3fu);
    }
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return 0;
  return length;
}

/* What libyaml takes: printable characters, tabs and line ends.  */
static int
is_allowed (const char *text, size_t length)
{
  const unsigned char *p = (const unsigned char *)text;
  if (length == 1)
    return (*p >= 0x20 && *p != 0x7f) || *p == '\t' || *p == '\n' || *p == '\r';
  if (length == 2)
    return p[0] != 0xc2 || p[1] >= 0xa0 || p[1] == 0x85;
  return !(length == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe);
}

/* Text in UTF-16 has a NUL in every other place, or begins with its mark.  */
static int
is_utf16 (const azml__document *document)
{
  const unsigned char *p = (const unsigned char *)document->text;
  if (document->length < 2)
    return 0;
  return (p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)
         || (p[0] && !p[1]) || (!p[0] && p[1]);
}

int
azml__encoding_check (azml__document *document)
{
  const char *text = document->text;
  if (is_utf16 (document))
    {
      azml__problem_add (document, "error", 0,
                         "save it as UTF-8: iconv -f UTF-16 -t UTF-8",
                         "the file is in UTF-16, not in UTF-8");
      return 0;
    }
  for (size_t i = 0, length; i < document->length; i += length)
    {
      length = azml__encoding_length (text + i, document->length - i);
      if (!length)
        azml__problem_add (
            document, "error", i, "save it as UTF-8: iconv -f LATIN1 -t UTF-8",
            "the byte 0x%02X is not UTF-8; the file is in another encoding",
            (unsigned char)text[i]);
      else if (!is_allowed (text + i, length) && text[i] == '\0')
        azml__problem_add (document, "error", i, "remove it; is this a text file?",
                           "a NUL byte");
      else if (!is_allowed (text + i, length))
        azml__problem_add (document, "error", i, "remove it",
                           "a control character that YAML does not allow");
      else
        continue;
      return 0;
    }
  return 1;
}

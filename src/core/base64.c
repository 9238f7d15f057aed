/* base64.c: bytes in JSON (RFC 4648, section 4).
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/base64.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
azml__base64_encode (azml__buffer *buffer, const void *data, size_t n)
{
  const unsigned char *p = data;
  for (; n; p += 3, n -= n < 3 ? n : 3)
    {
      unsigned v = p[0] << 16 | (n > 1 ? p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
      char four[4] = { alphabet[v >> 18], alphabet[v >> 12 & 63],
                       n > 1 ? alphabet[v >> 6 & 63] : '=',
                       n > 2 ? alphabet[v & 63] : '=' };
      azml__buffer_add (buffer, four, 4);
    }
}

int
azml__base64_decode (azml__buffer *buffer, const char *text)
{
  size_t n = strlen (text);
  if (n % 4)
    return -1;
  for (; n; text += 4, n -= 4)
    {
      unsigned v = 0;
      int pad = 0;
      for (int i = 0; i < 4; i++)
        {
          const char *at = text[i] ? strchr (alphabet, text[i]) : NULL;
          if (text[i] == '=' && n == 4 && i >= 2)
            pad++;
          else if (!at || pad)
            return -1;
          v = v << 6 | (at ? (unsigned)(at - alphabet) : 0);
        }
      char three[3] = { (char)(v >> 16), (char)(v >> 8), (char)v };
      azml__buffer_add (buffer, three, (size_t)(3 - pad));
    }
  return 0;
}

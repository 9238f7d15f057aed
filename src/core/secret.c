/* secret.c: what of a text may not be shown.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/secret.h"

#include <ctype.h>
#include <string.h>

/* Behind any of these an address, or a part of one, has ended; C strings end with NUL.  */
#define ENDS_WORD " \t\r\n\"'<>`"
#define ENDS_HOST "/?#" ENDS_WORD
#define ENDS_VALUE "&;#" ENDS_WORD

int
azml__secret_is_name (const char *text, size_t n)
{
  static const char *const words[] = { "password", "passwd",    "passphrase",
                                       "secret",   "token",     "key",
                                       "sig=",     "signature", "credential" };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    for (size_t at = 0, length = strlen (words[i]); at + length <= n; at++)
      if (strncasecmp (text + at, words[i], length) == 0)
        return 1;
  return 0;
}

/* The end of what begins at FROM and has no byte of ENDS.  */
static size_t
end_of (const char *text, size_t n, size_t from, const char *ends)
{
  while (from < n && text[from] && !strchr (ends, text[from]))
    from++;
  return from;
}

/* The length of the name and password at HOST, behind the "://" of an address.  */
static size_t
user_length (const char *text, size_t n, size_t host)
{
  size_t end = end_of (text, n, host, ENDS_HOST);
  while (end > host && text[end - 1] != '@')
    end--;
  return end > host ? end - 1 - host : 0;
}

/* The length of the value whose name begins at NAME, if that is a secret one, and in
   *RET_START where it is.  */
static size_t
value_length (const char *text, size_t n, size_t name, size_t *ret_start)
{
  size_t end = name;
  while (end < n
         && (isalnum ((unsigned char)text[end]) || strchr ("_-.", text[end])))
    end++;
  if (end == n || text[end] != '='
      || !azml__secret_is_name (text + name, end + 1 - name))
    return 0;
  *ret_start = end + 1;
  return end_of (text, n, end + 1, ENDS_VALUE) - (end + 1);
}

int
azml__secrets_next (azml__secrets *secrets, size_t *ret_start, size_t *ret_length)
{
  const char *text = secrets->text;
  size_t n = secrets->n;
  while (secrets->at < n)
    {
      size_t i = secrets->at++, start = i + 1, length = 0;
      if (strchr (ENDS_WORD, text[i]))
        secrets->in_address = 0;
      else if (text[i] == ':' && i + 2 < n && memcmp (text + i, "://", 3) == 0)
        {
          secrets->in_address = 1;
          start = i + 3;
          length = user_length (text, n, start);
        }
      else if (secrets->in_address && i + 3 < n && memcmp (text + i, "/t/", 3) == 0)
        {
          start = i + 3; /* the token of a conda channel */
          length = end_of (text, n, start, ENDS_HOST) - start;
        }
      else if (secrets->in_address && strchr ("?&;", text[i]))
        length = value_length (text, n, start, &start);
      if (length)
        {
          secrets->at = start + length;
          *ret_start = start;
          *ret_length = length;
          return 1;
        }
    }
  return 0;
}

void
azml__secret_add (azml__buffer *shown, const char *text, size_t n)
{
  azml__secrets secrets = { .text = text, .n = n };
  size_t at = 0, start, length;
  for (; azml__secrets_next (&secrets, &start, &length); at = start + length)
    {
      azml__buffer_add (shown, text + at, start - at);
      azml__buffer_add_text (shown, "***");
    }
  azml__buffer_add (shown, text + at, n - at);
}

char *
azml__secret_hide (const char *text)
{
  AZML_AUTO_BUFFER shown = AZML__BUFFER_INIT;
  azml__secret_add (&shown, text, strlen (text));
  return azml__buffer_steal (&shown);
}

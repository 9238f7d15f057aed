/* words.c: a text split into words, as a shell does.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "words.h"

#include <ctype.h>
#include <string.h>

void
azml_words_done (azml_words *words)
{
  for (size_t i = 0; i < words->count; i++)
    free (words->all[i]);
  free (words->all);
  *words = (azml_words){ NULL, 0 };
}

int
azml_words_add (azml_words *words, const char *text, size_t n)
{
  char **all = reallocarray (words->all, words->count + 1, sizeof *all);
  if (!all)
    return azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  words->all = all;
  all[words->count] = strndup (text, n);
  if (!all[words->count])
    return azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  words->count++;
  return 0;
}

/* Take the next word of *AT, as sh does without expanding anything, into WORD, which has
   room.  Return its length, -1 where a quote is not closed.  */
static ssize_t
take_word (const char **at, char *word)
{
  char *end = word, quote = '\0';
  const char *c = *at;
  for (; *c && (quote || !isspace ((unsigned char)*c)); c++)
    {
      if (quote && *c == quote)
        quote = '\0';
      else if (!quote && (*c == '\'' || *c == '"'))
        quote = *c;
      else if (*c == '\\' && quote != '\'' && c[1])
        *end++ = *++c;
      else
        *end++ = *c;
    }
  *at = c;
  return quote ? -1 : end - word;
}

int
azml_words_split (azml_words *words, const char *text)
{
  char *word = malloc (strlen (text) + 1);
  int rc = word ? 0 : azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  const char *at = text;
  while (rc == 0)
    {
      while (isspace ((unsigned char)*at))
        at++;
      if (!*at)
        break;
      ssize_t n = take_word (&at, word);
      rc = n < 0 ? azml_make_fail (AZML_E_INVALID, "a quote is not closed in: %s",
                                   text)
                 : azml_words_add (words, word, (size_t)n);
    }
  free (word);
  return rc;
}

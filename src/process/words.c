/* words.c: the words and the variables of a command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/path.h"

extern char **environ;

void
azml__words_done (azml__words *words)
{
  azml__strings_free (words->words);
  *words = (azml__words)AZML__WORDS_INIT;
}

/* Append WORD, taken.  */
static void
add_owned (azml__words *words, char *word)
{
  if (word && words->count + 2 > words->size)
    {
      size_t size = words->size ? 2 * words->size : 32;
      char **grown = realloc (words->words, size * sizeof *grown);
      if (grown)
        {
          words->words = grown;
          words->size = size;
        }
    }
  if (!word || words->count + 2 > words->size)
    {
      words->failed = 1;
      free (word);
      return;
    }
  words->words[words->count++] = word;
  words->words[words->count] = NULL;
}

void
azml__words_add (azml__words *words, const char *word)
{
  add_owned (words, strdup (word));
}

void
azml__words_add_all (azml__words *words, char *const *all)
{
  for (; all && *all; all++)
    azml__words_add (words, *all);
}

void
azml__words_format (azml__words *words, const char *format, ...)
{
  char *word;
  va_list ap;
  va_start (ap, format);
  int n = vasprintf (&word, format, ap);
  va_end (ap);
  add_owned (words, n < 0 ? NULL : word);
}

void
azml__variables_inherit (azml__words *words)
{
  azml__words_add_all (words, environ);
}

/* The place of NAME among the first COUNT words, -1 if it is not there.  */
static ssize_t
find (const azml__words *words, const char *name)
{
  size_t n = strlen (name);
  for (size_t i = 0; i < words->count; i++)
    if (strncmp (words->words[i], name, n) == 0 && words->words[i][n] == '=')
      return (ssize_t)i;
  return -1;
}

const char *
azml__variables_get (const azml__words *words, const char *name)
{
  ssize_t i = find (words, name);
  return i < 0 ? NULL : words->words[i] + strlen (name) + 1;
}

void
azml__variables_set (azml__words *words, const char *name, const char *value)
{
  char *word = azml__path_format ("%s=%s", name, value);
  ssize_t i = find (words, name);
  if (i < 0 || !word)
    {
      add_owned (words, word);
      return;
    }
  free (words->words[i]);
  words->words[i] = word;
}

void
azml__variables_unset (azml__words *words, const char *name)
{
  ssize_t i = find (words, name);
  if (i < 0)
    return;
  free (words->words[i]);
  words->words[i] = words->words[--words->count];
  words->words[words->count] = NULL;
}

/* An empty element of such a list means the working folder: never make one.  */
static void
join (azml__words *words, const char *name, const char *before, const char *after)
{
  AZML_AUTO_FREE char *value = azml__path_format (
      "%s%s%s", before ? before : "",
      before && *before && after && *after ? ":" : "", after ? after : "");
  if (value)
    azml__variables_set (words, name, value);
  else
    words->failed = 1;
}

void
azml__variables_prepend (azml__words *words, const char *name, const char *value)
{
  join (words, name, value, azml__variables_get (words, name));
}

void
azml__variables_append (azml__words *words, const char *name, const char *value)
{
  join (words, name, azml__variables_get (words, name), value);
}

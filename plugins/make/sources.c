/* sources.c: which files are the source of a run under make.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "sources.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

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

/* The files that git tracks in the working folder; *RET_REPOSITORY 0: it is in none.  */
static int
git_files (azml_words *files, int *ret_repository)
{
  char *name = NULL;
  size_t size = 0;
  ssize_t n;
  int rc = 0;
  FILE *git = popen ("exec git ls-files -z 2>/dev/null", "re");
  if (!git)
    return azml_make_fail (AZML_E_OS, "git cannot be started");
  while (rc == 0 && (n = getdelim (&name, &size, '\0', git)) > 0)
    if (strncmp (name, "outputs/", 8) != 0 && strncmp (name, ".azml/", 6) != 0)
      rc = azml_words_add (files, name, (size_t)n - 1);
  free (name);
  int status = pclose (git);
  *ret_repository = status == 0;
  return rc;
}

int
azml_make_sources (const char *listed, azml_words *files)
{
  int repository = 0, rc = 0;
  if (*listed)
    return azml_words_split (files, listed);
  rc = git_files (files, &repository);
  if (rc == 0 && !repository)
    rc = azml_make_fail (
        AZML_E_NOT_FOUND,
        "this folder is in no git repository: name the source files");
  return rc;
}

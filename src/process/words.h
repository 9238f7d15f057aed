/* words.h: the words and the variables of a command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROCESS_WORDS_H
#define AZML_PROCESS_WORDS_H

#include <stddef.h>

/* Strings, NULL-terminated, owned.  */
typedef struct azml__words
{
  char **words;
  size_t count;
  size_t size;
  int failed;
} azml__words;

#define AZML__WORDS_INIT                                                           \
  {                                                                                \
    NULL, 0, 0, 0                                                                  \
  }
void azml__words_done (azml__words *words);

/* Append a copy of WORD; of all WORDS (NULL: none).  */
void azml__words_add (azml__words *words, const char *word);
void azml__words_add_all (azml__words *words, char *const *all);

/* Append the one word that FORMAT makes, whatever blanks are in it.  */
void azml__words_format (azml__words *words, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Environment variables in WORDS as NAME=VALUE: copy this process's, look up (NULL:
   unset), set, put "VALUE:" before a list or ":VALUE" behind it.  */
void azml__variables_inherit (azml__words *words);
const char *azml__variables_get (const azml__words *words, const char *name);
void azml__variables_set (azml__words *words, const char *name, const char *value);
void azml__variables_unset (azml__words *words, const char *name);
void
azml__variables_prepend (azml__words *words, const char *name, const char *value);
void
azml__variables_append (azml__words *words, const char *name, const char *value);

#endif

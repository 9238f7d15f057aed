/* words.h: a text split into words, as a shell does.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_MAKE_WORDS_H
#define AZML_MAKE_WORDS_H

#include "make.h"

typedef struct azml_words
{
  char **all;
  size_t count;
} azml_words;

void azml_words_done (azml_words *words);

/* Add the first N bytes of TEXT.  */
int azml_words_add (azml_words *words, const char *text, size_t n);

/* Add the words of TEXT, split as sh does, quotes and backslashes included; nothing is
   expanded.  */
int azml_words_split (azml_words *words, const char *text);

#endif

/* token.h: the words of the filter language.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_STORE_TOKEN_H
#define AZML_STORE_TOKEN_H

#include <stddef.h>

#include "core/error.h"

typedef enum azml__token_kind
{
  AZML__TOKEN_END,
  AZML__TOKEN_WORD,     /* bare: a field, a keyword or a value */
  AZML__TOKEN_STRING,   /* quoted */
  AZML__TOKEN_OPERATOR, /* = != < <= > >= ~ */
  AZML__TOKEN_OPEN,
  AZML__TOKEN_CLOSE
} azml__token_kind;

typedef struct azml__token
{
  azml__token_kind kind;
  char *text;    /* without quotes and backslashes; NULL but for words, strings,
                    operators */
  size_t quoted; /* of a word like metrics."a b".min: where the quoted part ends in
                    TEXT; 0: none */
  size_t at;     /* where it starts, in bytes */
} azml__token;

void azml__token_done (azml__token *token);

/* Read the token of TEXT at *AT and move *AT behind it.  AZML_E_INVALID: *AT is
   where it goes wrong.  */
int
azml__token_next (const char *text, size_t *at, azml__token *ret, azml_error **err);

/* AZML_E_INVALID with a message that starts with the place, in characters from 1:
   "filter, column 9: FORMAT".  */
int
azml__token_error (const char *text, size_t at, azml_error **err,
                   const char *format, ...) __attribute__ ((format (printf, 4, 5)));

#endif

/* token.c: the words of the filter language.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/token.h"

#include <stdio.h>
#include <string.h>

#include "core/buffer.h"

/* What ends a bare word.  */
static const char ends[] = " \t\r\n\f\v()=!<>~\"'";

void
azml__token_done (azml__token *token)
{
  free (token->text);
  *token = (azml__token){ 0 };
}

int
azml__token_error (const char *text, size_t at, azml_error **err,
                   const char *format, ...)
{
  va_list ap;
  char *message = NULL;
  size_t column = 1;
  /* Bytes that continue a UTF-8 character do not count.  */
  for (size_t i = 0; i < at && text[i]; i++)
    column += ((unsigned char)text[i] & 0xc0) != 0x80;
  va_start (ap, format);
  int n = vasprintf (&message, format, ap);
  va_end (ap);
  if (n < 0)
    return azml__error_no_memory (err);
  int rc =
      azml__error (err, AZML_E_INVALID, "filter, column %zu: %s", column, message);
  free (message);
  return rc;
}

/* Append the quoted string at *AT to OUT.  */
static int
read_quoted (const char *text, size_t *at, azml__buffer *out, azml_error **err)
{
  size_t from = *at;
  char quote = text[from];
  for (size_t i = from + 1; text[i]; i++)
    {
      if (text[i] == quote)
        {
          *at = i + 1;
          return 0;
        }
      if (text[i] == '\\' && text[i + 1])
        i++;
      azml__buffer_add_char (out, text[i]);
    }
  return azml__token_error (text, from, err, "this quote is not closed");
}

static int
finish (azml__token *token, azml__buffer *word, azml__token_kind kind,
        azml_error **err)
{
  token->kind = kind;
  token->text = azml__buffer_steal (word);
  return token->text ? 0 : azml__error_no_memory (err);
}

/* A word, which has one quoted part at most, after a dot.  */
static int
read_word (const char *text, size_t *at, azml__token *token, azml_error **err)
{
  AZML_AUTO_BUFFER word = AZML__BUFFER_INIT;
  for (;;)
    {
      size_t n = strcspn (text + *at, ends);
      azml__buffer_add (&word, text + *at, n);
      *at += n;
      if ((text[*at] != '"' && text[*at] != '\'') || token->quoted || !n
          || text[*at - 1] != '.')
        return finish (token, &word, AZML__TOKEN_WORD, err);
      int rc = read_quoted (text, at, &word, err);
      if (rc < 0)
        return rc;
      token->quoted = word.length;
    }
}

static int
read_operator (const char *text, size_t *at, azml__token *token, azml_error **err)
{
  AZML_AUTO_BUFFER word = AZML__BUFFER_INIT;
  char first = text[*at];
  int wide = first != '~' && text[*at + 1] == '=';
  if (first == '!' && !wide)
    return azml__token_error (text, *at, err,
                              "'!' is not an operator; write 'not' or"
                              " '!='");
  *at += 1 + (size_t)wide;
  if (first == '=')
    azml__buffer_add_char (&word, first); /* == is = */
  else
    azml__buffer_add (&word, text + token->at, 1 + (size_t)wide);
  return finish (token, &word, AZML__TOKEN_OPERATOR, err);
}

int
azml__token_next (const char *text, size_t *at, azml__token *ret, azml_error **err)
{
  AZML_AUTO_BUFFER word = AZML__BUFFER_INIT;
  azml__token token = { 0 };
  *at += strspn (text + *at, " \t\r\n\f\v");
  token.at = *at;
  int rc = 0;
  switch (text[*at])
    {
    case '\0':
      break;
    case '(':
    case ')':
      token.kind = text[(*at)++] == '(' ? AZML__TOKEN_OPEN : AZML__TOKEN_CLOSE;
      break;
    case '"':
    case '\'':
      rc = read_quoted (text, at, &word, err);
      if (rc == 0)
        rc = finish (&token, &word, AZML__TOKEN_STRING, err);
      break;
    case '=':
    case '!':
    case '<':
    case '>':
    case '~':
      rc = read_operator (text, at, &token, err);
      break;
    default:
      rc = read_word (text, at, &token, err);
    }
  if (rc == 0)
    *ret = token;
  return rc;
}

/* scan.c: the experiments that a recipe names, without evaluating it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "cli/scan.h"

#include <string.h>

#define DEPTH 64 /* lists deeper than this are counted, not looked at */

typedef enum
{
  TOKEN_END,
  TOKEN_OPEN,
  TOKEN_CLOSE,
  TOKEN_STRING,
  TOKEN_ATOM
} token_kind;

typedef struct
{
  const char *p, *end;
  token_kind kind;
  const char *start; /* of the token's text: a string's without its quotes */
  size_t length;
  int skips; /* "#;" that are open */
} reader;

static int
is_delimiter (char c)
{
  return strchr (" \t\r\n\f()[]\";'`,", c) != NULL; /* NUL included */
}

static void
skip_line (reader *r)
{
  while (r->p < r->end && *r->p != '\n')
    r->p++;
}

/* Skip "#| ... |#", which nests.  */
static void
skip_block (reader *r)
{
  int depth = 1;
  for (r->p += 2; r->p < r->end && depth; r->p++)
    {
      if (r->end - r->p < 2)
        continue;
      if (r->p[0] == '|' && r->p[1] == '#')
        depth--, r->p++;
      else if (r->p[0] == '#' && r->p[1] == '|')
        depth++, r->p++;
    }
}

static void
read_string (reader *r)
{
  r->kind = TOKEN_STRING;
  r->start = ++r->p;
  while (r->p < r->end && *r->p != '"')
    r->p += *r->p == '\\' && r->p + 1 < r->end ? 2 : 1;
  r->length = (size_t)(r->p - r->start);
  if (r->p < r->end)
    r->p++;
}

static void
read_atom (reader *r)
{
  r->kind = TOKEN_ATOM;
  r->start = r->p;
  if (r->end - r->p > 2 && r->p[0] == '#' && r->p[1] == '\\')
    r->p += 3; /* a character: the one after the backslash is part of it */
  while (r->p < r->end && !is_delimiter (*r->p))
    r->p++;
  if (r->p == r->start)
    r->p++; /* a lone NUL or the like */
  r->length = (size_t)(r->p - r->start);
}

static void skip_datum (reader *r);

/* Read the next token into R.  Quotes are passed over: 'x reads as x.  */
static token_kind
next_token (reader *r)
{
  while (r->p < r->end)
    {
      char c = *r->p;
      char d = r->p + 1 < r->end ? r->p[1] : '\0';
      if (c == ';')
        skip_line (r);
      else if (c == '#' && d == '|')
        skip_block (r);
      else if (c == '#' && d == ';')
        {
          r->p += 2;
          skip_datum (r);
        }
      else if (c == '(' || c == '[' || c == ')' || c == ']')
        {
          r->p++;
          return r->kind = c == '(' || c == '[' ? TOKEN_OPEN : TOKEN_CLOSE;
        }
      else if (c == '"')
        {
          read_string (r);
          return r->kind;
        }
      else if (strchr (" \t\r\n\f'`,", c) && c)
        r->p++;
      else
        {
          read_atom (r);
          return r->kind;
        }
    }
  return r->kind = TOKEN_END;
}

/* Pass over one datum, for "#;".  Each "#;" within another recurses, so a text with
   more of them than a person writes ends the scan.  */
static void
skip_datum (reader *r)
{
  int depth = 0;
  if (++r->skips > 32)
    r->p = r->end;
  do
    {
      token_kind kind = next_token (r);
      if (kind == TOKEN_END)
        break;
      depth += kind == TOKEN_OPEN ? 1 : kind == TOKEN_CLOSE ? -1 : 0;
    }
  while (depth > 0);
  r->skips--;
}

static int
is_word (const reader *r, const char *word)
{
  return r->kind == TOKEN_ATOM && r->length == strlen (word)
         && memcmp (r->start, word, r->length) == 0;
}

/* What is known of an open list: its head, and how many elements came.  */
typedef struct
{
  enum
  {
    LIST_OTHER,
    LIST_HEAD,
    LIST_NAME,
    LIST_PARAMETERS
  } head;
  int elements;
} list;

typedef struct
{
  list lists[DEPTH];
  int depth;
  const char *head; /* what LIST_HEAD stands for */
} nesting;

static const list *
parent (const nesting *nest, int above)
{
  static const list none = { LIST_OTHER, 0 };
  int at = nest->depth - 1 - above;
  return at >= 0 && at < DEPTH ? &nest->lists[at] : &none;
}

/* Enter TOKEN into NEST: what it means for the list that it is in.  */
static void
enter (nesting *nest, const reader *r)
{
  if (r->kind == TOKEN_CLOSE)
    {
      if (nest->depth > 0)
        nest->depth--;
      return;
    }
  list *in = nest->depth > 0 && nest->depth <= DEPTH ? &nest->lists[nest->depth - 1]
                                                     : NULL;
  if (in && in->elements++ == 0)
    in->head = is_word (r, nest->head)     ? LIST_HEAD
               : is_word (r, "name")       ? LIST_NAME
               : is_word (r, "parameters") ? LIST_PARAMETERS
                                           : LIST_OTHER;
  if (r->kind == TOKEN_OPEN)
    {
      if (nest->depth < DEPTH)
        nest->lists[nest->depth] = (list){ LIST_OTHER, 0 };
      nest->depth++;
    }
}

void
azml__scan_names (const char *text, size_t n, const char *head,
                  azml__scan_found *found, void *data)
{
  reader r = { .p = text, .end = text + n };
  nesting nest = { .head = head };
  while (next_token (&r) != TOKEN_END)
    {
      enter (&nest, &r);
      if (r.kind == TOKEN_STRING && parent (&nest, 0)->head == LIST_NAME
          && parent (&nest, 0)->elements == 2
          && parent (&nest, 1)->head == LIST_HEAD && r.length
          && !memchr (r.start, '\\', r.length))
        found (r.start, r.length, data);
    }
}

void
azml__scan_parameters (const char *text, size_t n, azml__scan_found *found,
                       void *data)
{
  reader r = { .p = text, .end = text + n };
  nesting nest = { .head = "" };
  while (next_token (&r) != TOKEN_END)
    {
      enter (&nest, &r);
      if (r.kind == TOKEN_ATOM && parent (&nest, 0)->elements == 1
          && parent (&nest, 2)->head == LIST_PARAMETERS && !is_word (&r, "list")
          && !is_word (&r, "cons") && !is_word (&r, "quote"))
        found (r.start, r.length, data);
    }
}

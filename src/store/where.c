/* where.c: the filter language of `history list --where`, as SQL.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/where.h"

#include <string.h>
#include <strings.h>

#include "store/compare.h"

/* SQLite's parser has a stack of 100; these are for what is open at one place of the
   filter: 1 for a parenthesis or a `not`, 2 for what stands before an operator.  */
#define STACK 60
#define COMPARISONS 500
#define LENGTH ((size_t)64 << 10)

typedef struct parser
{
  const char *text;
  int64_t now;
  size_t at;         /* behind TOKEN */
  azml__token token; /* the one looked at */
  int depth;         /* parentheses and `not` that are open */
  int stack;
  int negations;    /* how many `not` are around */
  int alternatives; /* the filter has an `or` outside of parentheses */
  int comparisons;
  azml__where *where;
} parser;

static void
add (parser *p, const char *sql)
{
  azml__buffer_add_text (&p->where->sql, sql);
}

static int
next (parser *p, azml_error **err)
{
  azml__token_done (&p->token);
  return azml__token_next (p->text, &p->at, &p->token, err);
}

static int
is_keyword (const parser *p, const char *word)
{
  return p->token.kind == AZML__TOKEN_WORD && strcasecmp (p->token.text, word) == 0;
}

static int
compare (parser *p, const azml__field *field, const char *op,
         const azml__token *value, azml_error **err)
{
  azml__comparison c = { .where = p->where,
                         .text = p->text,
                         .now = p->now,
                         .field = field,
                         .op = op,
                         .value = value,
                         .negated = p->negations > 0,
                         .necessary = p->depth == 0 };
  return azml__comparison_add (&c, err);
}

static int
parse_comparison (parser *p, azml_error **err)
{
  AZML_CLEANUP (azml__field_done) azml__field field = { 0 };
  AZML_CLEANUP (azml__token_done) azml__token op = { 0 };
  if (p->token.kind != AZML__TOKEN_WORD)
    return azml__token_error (p->text, p->token.at, err,
                              p->token.kind == AZML__TOKEN_END
                                  ? "a comparison is missing at the end"
                                  : "a field is expected here");
  if (++p->comparisons > COMPARISONS)
    return azml__token_error (p->text, p->token.at, err, "more than %d comparisons",
                              COMPARISONS);
  int rc = azml__field_find (p->text, &p->token, &field, err);
  if (rc == 0)
    rc = azml__field_note (&field, &p->where->names, err);
  if (rc == 0)
    rc = next (p, err);
  if (rc < 0)
    return rc;
  if (p->token.kind != AZML__TOKEN_OPERATOR)
    return compare (p, &field, NULL, NULL, err);
  op = p->token;
  p->token = (azml__token){ 0 };
  rc = next (p, err);
  if (rc < 0)
    return rc;
  if (p->token.kind != AZML__TOKEN_WORD && p->token.kind != AZML__TOKEN_STRING)
    return azml__token_error (p->text, p->token.at, err,
                              "a value is expected after '%s'", op.text);
  rc = compare (p, &field, op.text, &p->token, err);
  return rc < 0 ? rc : next (p, err);
}

static int parse_filter (parser *p, azml_error **err);

static int
parse_factor (parser *p, azml_error **err)
{
  int negative = is_keyword (p, "not");
  if (!negative && p->token.kind != AZML__TOKEN_OPEN)
    return parse_comparison (p, err);
  if (p->stack >= STACK)
    return azml__token_error (p->text, p->token.at, err, "nested too deep");
  size_t open = p->token.at;
  add (p, negative ? "NOT " : "(");
  p->depth++;
  p->stack++;
  p->negations += negative;
  int rc = next (p, err);
  if (rc == 0)
    rc = negative ? parse_factor (p, err) : parse_filter (p, err);
  p->depth--;
  p->stack--;
  p->negations -= negative;
  if (rc < 0 || negative)
    return rc;
  add (p, ")");
  if (p->token.kind == AZML__TOKEN_END)
    return azml__token_error (p->text, open, err, "this parenthesis is not closed");
  if (p->token.kind != AZML__TOKEN_CLOSE)
    return azml__token_error (p->text, p->token.at, err,
                              "'and', 'or' or ')' is expected here");
  return next (p, err);
}

/* PART { WORD PART }  */
static int
parse_chain (parser *p, const char *word, const char *sql,
             int (*part) (parser *, azml_error **), azml_error **err)
{
  int rc = part (p, err);
  while (rc == 0 && is_keyword (p, word))
    {
      p->alternatives |= p->depth == 0 && strcmp (word, "or") == 0;
      add (p, sql);
      p->stack += 2;
      rc = next (p, err);
      if (rc == 0)
        rc = part (p, err);
      p->stack -= 2;
    }
  return rc;
}

static int
parse_term (parser *p, azml_error **err)
{
  return parse_chain (p, "and", " AND ", parse_factor, err);
}

static int
parse_filter (parser *p, azml_error **err)
{
  return parse_chain (p, "or", " OR ", parse_term, err);
}

int
azml__where_compile (const char *text, int64_t now, azml__where *where,
                     azml_error **err)
{
  parser p = { .text = text, .now = now, .where = where };
  if (strlen (text) > LENGTH)
    return azml__error (err, AZML_E_INVALID, "the filter has more than %zu bytes",
                        LENGTH);
  int rc = next (&p, err);
  if (rc == 0)
    rc = parse_filter (&p, err);
  if (rc == 0 && p.token.kind != AZML__TOKEN_END)
    rc = azml__token_error (p.text, p.token.at, err,
                            p.token.kind == AZML__TOKEN_CLOSE
                                ? "this parenthesis closes nothing"
                                : "'and' or 'or' is expected here");
  if (rc == 0 && !azml__buffer_ok (&where->sql))
    rc = azml__error_no_memory (err);
  if (p.alternatives)
    where->n_narrows = 0;
  azml__token_done (&p.token);
  return rc;
}

/* where.c: the filter language of `history list --where`, as SQL.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/where.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "run/layout.h"
#include "run/text.h"
#include "store/literal.h"

/* SQLite takes expressions 1000 deep; a chain of ands counts each link.  */
#define DEPTH 100
#define COMPARISONS 500
#define LENGTH ((size_t)64 << 10)

typedef struct parser
{
  const char *text;
  int64_t now;
  size_t at;         /* behind TOKEN */
  azml__token token; /* the one looked at */
  int depth;
  int negations; /* how many `not` are around */
  int comparisons;
  azml__where *where;
} parser;

void
azml__where_done (azml__where *where)
{
  for (size_t i = 0; i < where->n; i++)
    free (where->values[i].text);
  free (where->values);
  azml__buffer_done (&where->sql);
  *where = (azml__where){ AZML__BUFFER_INIT, NULL, 0, 0 };
}

static azml__where_value *
new_value (azml__where *where)
{
  if (where->n == where->size)
    {
      size_t size = where->size ? 2 * where->size : 8;
      azml__where_value *values = realloc (where->values, size * sizeof *values);
      if (!values)
        return NULL;
      where->values = values;
      where->size = size;
    }
  azml__where_value *value = &where->values[where->n++];
  *value = (azml__where_value){ .kind = AZML__VALUE_NUMBER };
  azml__buffer_add_char (&where->sql, '?');
  return value;
}

int
azml__where_add_text (azml__where *where, const char *text, azml_error **err)
{
  azml__where_value *value = new_value (where);
  if (!value)
    return azml__error_no_memory (err);
  value->kind = AZML__VALUE_TEXT;
  value->text = azml__text_of_bytes (text, strlen (text));
  return value->text ? 0 : azml__error_no_memory (err);
}

int
azml__where_add_integer (azml__where *where, int64_t integer, azml_error **err)
{
  azml__where_value *value = new_value (where);
  if (!value)
    return azml__error_no_memory (err);
  value->kind = AZML__VALUE_INTEGER;
  value->integer = integer;
  return 0;
}

static int
add_number (azml__where *where, double number, azml_error **err)
{
  azml__where_value *value = new_value (where);
  if (!value)
    return azml__error_no_memory (err);
  value->number = number;
  return 0;
}

static void
add (parser *p, const char *sql)
{
  azml__buffer_add_text (&p->where->sql, sql);
}

int
azml__where_equal (azml__where *where, const char *column, const char *value,
                   azml_error **err)
{
  azml__buffer_add_format (&where->sql, " AND %s = ", column);
  return azml__where_add_text (where, value, err);
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

/* The pattern for LIKE that VALUE means: contains, or with * and ? the whole.  */
static int
add_pattern (parser *p, const char *value, azml_error **err)
{
  AZML_AUTO_BUFFER pattern = AZML__BUFFER_INIT;
  int glob = strpbrk (value, "*?") != NULL;
  azml__buffer_add_text (&pattern, glob ? "" : "%");
  for (; *value; value++)
    {
      if (*value == '%' || *value == '_' || *value == '\\')
        azml__buffer_add_char (&pattern, '\\');
      azml__buffer_add_char (&pattern, glob && *value == '*'   ? '%'
                                       : glob && *value == '?' ? '_'
                                                               : *value);
    }
  azml__buffer_add_text (&pattern, glob ? "" : "%");
  if (!azml__buffer_ok (&pattern))
    return azml__error_no_memory (err);
  int rc = azml__where_add_text (p->where, pattern.data, err);
  add (p, " ESCAPE '\\'");
  return rc;
}

/* "COLUMN OP ?" for text.  */
static int
compare_text (parser *p, const char *column, const char *op, const char *value,
              azml_error **err)
{
  add (p, column);
  if (*op == '~')
    {
      add (p, " LIKE ");
      return add_pattern (p, value, err);
    }
  azml__buffer_add_format (&p->where->sql, " %s ", op);
  return azml__where_add_text (p->where, value, err);
}

static int
compare_state (parser *p, const char *op, const azml__token *value,
               azml_error **err)
{
  const char *state =
      strcasecmp (value->text, "cancelled") == 0 ? "canceled" : value->text;
  if (*op == '<' || *op == '>')
    return azml__token_error (p->text, value->at, err,
                              "a state has no order, only"
                              " =, != and ~");
  if (*op != '~' && azml__state_parse (state) < 0)
    {
      const char *names[AZML__STATE_LOST + 1];
      for (int i = 0; i <= AZML__STATE_LOST; i++)
        names[i] = azml__state_name ((azml__state)i);
      const char *nearest =
          azml__field_nearest (state, names, AZML__STATE_LOST + 1);
      int rc = azml__token_error (p->text, value->at, err,
                                  "no state is called '%s'", value->text);
      if (nearest)
        azml__error_hint (err, "did you mean '%s'?", nearest);
      else
        azml__error_hint (err,
                          "states: submitting, queued, preparing, waiting, running,"
                          " finalizing, completed, failed, canceled, lost");
      return rc;
    }
  return compare_text (p, "r.state", op, state, err);
}

static int
no_pattern (parser *p, const char *op, const azml__token *value, azml_error **err)
{
  if (*op != '~')
    return 0;
  return azml__token_error (p->text, value->at, err,
                            "~ is for text; this is a number or"
                            " a time");
}

static int
compare_number (parser *p, const azml__field *field, const char *column,
                const char *op, const azml__token *value, azml_error **err)
{
  double number;
  int rc = no_pattern (p, op, value, err);
  if (rc < 0)
    return rc;
  if (field->kind == AZML__FIELD_SECONDS)
    rc = azml__literal_seconds (value->text, &number);
  else
    rc = azml__literal_number (value->text, &number);
  if (rc < 0 || isnan (number))
    return azml__token_error (
        p->text, value->at, err, "'%s' is not a %s", value->text,
        field->kind == AZML__FIELD_SECONDS ? "duration like 90, 5m or 1h30m"
                                           : "number");
  azml__buffer_add_format (&p->where->sql, "%s %s ", column, op);
  return add_number (p->where, number, err);
}

/* A time is an interval [from, to): a day, a minute, or an instant.  */
static int
compare_time (parser *p, const char *column, const char *op,
              const azml__token *value, azml_error **err)
{
  int64_t from, to;
  int rc = no_pattern (p, op, value, err);
  if (rc < 0)
    return rc;
  if (azml__literal_time (value->text, p->now, &from, &to) < 0)
    {
      rc = azml__token_error (p->text, value->at, err, "'%s' is not a time",
                              value->text);
      azml__error_hint (err,
                        "times: 2026-01-31, 2026-01-31T13:05, today, yesterday,"
                        " or -1d, -2h, -30m: so long ago");
      return rc;
    }
  if (to == from)
    {
      azml__buffer_add_format (&p->where->sql, "%s %s ", column, op);
      return azml__where_add_integer (p->where, from, err);
    }
  if (strcmp (op, "=") == 0 || strcmp (op, "!=") == 0)
    {
      azml__buffer_add_format (&p->where->sql, "%s %s ", column,
                               *op == '=' ? ">=" : "<");
      rc = azml__where_add_integer (p->where, from, err);
      azml__buffer_add_format (&p->where->sql, " %s %s %s ",
                               *op == '=' ? "AND" : "OR", column,
                               *op == '=' ? "<" : ">=");
      return rc < 0 ? rc : azml__where_add_integer (p->where, to, err);
    }
  /* After a day is from its end on; up to a day is before its end.  */
  int end = strcmp (op, ">") == 0 || strcmp (op, "<=") == 0;
  azml__buffer_add_format (&p->where->sql, "%s %s ", column,
                           *op == '>' ? ">=" : "<");
  return azml__where_add_integer (p->where, end ? to : from, err);
}

/* A metric or a parameter against a value: numbers as numbers, the rest as text. */
static int
compare_named (parser *p, const azml__field *field, const char *op,
               const azml__token *value, azml_error **err)
{
  double number = 0;
  int is_metric = field->kind == AZML__FIELD_METRIC;
  const char *column = is_metric ? field->column : "number";
  /* Quotes make a parameter text; a metric is a number all the same.  */
  if ((is_metric || value->kind == AZML__TOKEN_WORD) && *op != '~'
      && azml__literal_number (value->text, &number) == 0)
    {
      if (!isnan (number))
        {
          azml__buffer_add_format (&p->where->sql, "%s %s ", column, op);
          return add_number (p->where, number, err);
        }
      if (is_metric && (*op == '=' || *op == '!'))
        {
          /* NaN is kept as NULL without a text.  */
          azml__buffer_add_format (&p->where->sql,
                                   "(%s IS NULL AND text IS NULL) = %d", column,
                                   *op == '=');
          return 0;
        }
    }
  if (is_metric && strcmp (field->column, "last") != 0)
    return azml__token_error (p->text, value->at, err, "'%s' is not a number",
                              value->text);
  return compare_text (p, "text", op, value->text, err);
}

/* One comparison of FIELD; OP NULL: the run has it.  */
static int
compare_field (parser *p, const azml__field *field, const char *op,
               const azml__token *value, azml_error **err)
{
  char column[32];
  snprintf (column, sizeof column, "%s.%s", field->in_details ? "d" : "r",
            field->column);
  if (!op)
    {
      azml__buffer_add_format (&p->where->sql, "%s IS NOT NULL", column);
      return 0;
    }
  switch (field->kind)
    {
    case AZML__FIELD_STATE:
      return compare_state (p, op, value, err);
    case AZML__FIELD_TIME:
      return compare_time (p, column, op, value, err);
    case AZML__FIELD_NUMBER:
    case AZML__FIELD_SECONDS:
      return compare_number (p, field, column, op, value, err);
    default:
      return compare_text (p, column, op, value->text, err);
    }
}

/* SQL's third truth value stops here: what a run does not have compares as false,
   so that `not` of it is true.  */
static int
add_comparison (parser *p, const azml__field *field, const char *op,
                const azml__token *value, azml_error **err)
{
  int rc;
  if (field->kind == AZML__FIELD_METRIC || field->kind == AZML__FIELD_PARAMETER)
    {
      azml__buffer_add_format (
          &p->where->sql, "EXISTS (SELECT 1 FROM %s WHERE run = r.run AND name = ",
          field->kind == AZML__FIELD_METRIC ? "metrics" : "parameters");
      rc = azml__where_add_text (p->where, field->name, err);
      if (rc == 0 && op)
        {
          add (p, " AND ");
          rc = compare_named (p, field, op, value, err);
        }
      add (p, ")");
      return rc;
    }
  if (field->in_details)
    {
      add (p, "EXISTS (SELECT 1 FROM details d WHERE d.run = r.run AND ");
      rc = compare_field (p, field, op, value, err);
      add (p, ")");
      return rc;
    }
  add (p, p->negations ? "ifnull (" : "(");
  rc = compare_field (p, field, op, value, err);
  add (p, p->negations ? ", 0)" : ")");
  return rc;
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
    rc = next (p, err);
  if (rc < 0)
    return rc;
  if (p->token.kind != AZML__TOKEN_OPERATOR)
    return add_comparison (p, &field, NULL, NULL, err);
  op = p->token;
  p->token = (azml__token){ 0 };
  rc = next (p, err);
  if (rc < 0)
    return rc;
  if (p->token.kind != AZML__TOKEN_WORD && p->token.kind != AZML__TOKEN_STRING)
    return azml__token_error (p->text, p->token.at, err,
                              "a value is expected after '%s'", op.text);
  rc = add_comparison (p, &field, op.text, &p->token, err);
  return rc < 0 ? rc : next (p, err);
}

static int parse_filter (parser *p, azml_error **err);

static int
parse_factor (parser *p, azml_error **err)
{
  int negative = is_keyword (p, "not");
  if (!negative && p->token.kind != AZML__TOKEN_OPEN)
    return parse_comparison (p, err);
  if (p->depth >= DEPTH)
    return azml__token_error (p->text, p->token.at, err, "nested more than %d deep",
                              DEPTH);
  size_t open = p->token.at;
  add (p, negative ? "NOT (" : "(");
  p->depth++;
  p->negations += negative;
  int rc = next (p, err);
  if (rc == 0)
    rc = negative ? parse_factor (p, err) : parse_filter (p, err);
  p->depth--;
  p->negations -= negative;
  add (p, ")");
  if (rc < 0 || negative)
    return rc;
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
      add (p, sql);
      rc = next (p, err);
      if (rc == 0)
        rc = part (p, err);
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
  azml__token_done (&p.token);
  return rc;
}

/* compare.c: one comparison of a filter, as SQL.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/compare.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/nearest.h"
#include "run/layout.h"
#include "run/text.h"
#include "store/literal.h"

void
azml__where_done (azml__where *where)
{
  for (size_t i = 0; i < where->n; i++)
    free (where->values[i].text);
  free (where->values);
  azml__buffer_done (&where->sql);
  json_decref (where->names);
  *where = (azml__where){ 0 };
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

int
azml__where_equal (azml__where *where, const char *column, const char *value,
                   azml_error **err)
{
  azml__buffer_add_format (&where->sql, " AND %s = ", column);
  return azml__where_add_text (where, value, err);
}

static void
add (const azml__comparison *c, const char *sql)
{
  azml__buffer_add_text (&c->where->sql, sql);
}

/* The pattern for LIKE that VALUE means: contains, or with * and ? the whole.  */
static int
add_pattern (const azml__comparison *c, const char *value, azml_error **err)
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
  int rc = azml__where_add_text (c->where, pattern.data, err);
  add (c, " ESCAPE '\\'");
  return rc;
}

/* "COLUMN OP ?" for text.  */
static int
compare_text (const azml__comparison *c, const char *column, const char *value,
              azml_error **err)
{
  add (c, column);
  if (*c->op == '~')
    {
      add (c, " LIKE ");
      return add_pattern (c, value, err);
    }
  azml__buffer_add_format (&c->where->sql, " %s ", c->op);
  return azml__where_add_text (c->where, value, err);
}

void
azml__where_hint_state (const char *state, azml_error **err)
{
  const char *names[AZML__STATE_LOST + 1];
  for (int i = 0; i <= AZML__STATE_LOST; i++)
    names[i] = azml__state_name ((azml__state)i);
  const char *nearest = azml__nearest (state, names, AZML__STATE_LOST + 1);
  if (nearest)
    azml__error_hint (err, "did you mean '%s'?", nearest);
  else
    azml__error_hint (err,
                      "states: submitting, queued, preparing, waiting, running,"
                      " finalizing, completed, failed, canceled, lost");
}

static int
no_such_state (const azml__comparison *c, const char *state, azml_error **err)
{
  int rc = azml__token_error (c->text, c->value->at, err, "no state is called '%s'",
                              state);
  azml__where_hint_state (state, err);
  return rc;
}

static int
compare_state (const azml__comparison *c, azml_error **err)
{
  const char *state = c->value->text;
  if (strcasecmp (state, "cancelled") == 0)
    state = "canceled";
  if (*c->op == '<' || *c->op == '>')
    return azml__token_error (c->text, c->value->at, err,
                              "a state has no order, only =, != and ~");
  if (*c->op != '~' && azml__state_parse (state) < 0)
    return no_such_state (c, state, err);
  return compare_text (c, "r.state", state, err);
}

static int
no_pattern (const azml__comparison *c, azml_error **err)
{
  if (*c->op != '~')
    return 0;
  return azml__token_error (c->text, c->value->at, err,
                            "~ is for text; this is a number or a time");
}

static int
compare_number (const azml__comparison *c, const char *column, azml_error **err)
{
  double number;
  int seconds = c->field->kind == AZML__FIELD_SECONDS;
  int rc = no_pattern (c, err);
  if (rc < 0)
    return rc;
  rc = seconds ? azml__literal_seconds (c->value->text, &number)
               : azml__literal_number (c->value->text, &number);
  if (rc < 0 || isnan (number))
    return azml__token_error (c->text, c->value->at, err, "'%s' is not a %s",
                              c->value->text,
                              seconds ? "duration like 90, 5m or 1h30m" : "number");
  azml__buffer_add_format (&c->where->sql, "%s %s ", column, c->op);
  return add_number (c->where, number, err);
}

/* "COLUMN OP ?" for a whole number.  */
static int
add_bound (const azml__comparison *c, const char *column, const char *op,
           int64_t bound, azml_error **err)
{
  azml__buffer_add_format (&c->where->sql, "%s %s ", column, op);
  return azml__where_add_integer (c->where, bound, err);
}

/* A time is an interval [from, to): a day, a minute, or an instant.  */
static int
compare_time (const azml__comparison *c, const char *column, azml_error **err)
{
  int64_t from, to;
  int rc = no_pattern (c, err);
  if (rc < 0)
    return rc;
  if (azml__literal_time (c->value->text, c->now, &from, &to) < 0)
    {
      rc = azml__token_error (c->text, c->value->at, err, "'%s' is not a time",
                              c->value->text);
      azml__error_hint (err,
                        "times: 2026-01-31, 2026-01-31T13:05, today, yesterday,"
                        " or -1d, -2h, -30m: so long ago");
      return rc;
    }
  if (to == from)
    return add_bound (c, column, c->op, from, err);
  if (*c->op == '=' || *c->op == '!')
    {
      int equal = *c->op == '=';
      rc = add_bound (c, column, equal ? ">=" : "<", from, err);
      add (c, equal ? " AND " : " OR ");
      return rc < 0 ? rc : add_bound (c, column, equal ? "<" : ">=", to, err);
    }
  /* After a day is from its end on; up to a day is before its end.  */
  int end = strcmp (c->op, ">") == 0 || strcmp (c->op, "<=") == 0;
  return add_bound (c, column, *c->op == '>' ? ">=" : "<", end ? to : from, err);
}

/* A metric or a parameter against a value: numbers as numbers, the rest as text.
   *INDEXED says whether an index answers it.  */
static int
compare_named (const azml__comparison *c, int *indexed, azml_error **err)
{
  double number = 0;
  int is_metric = c->field->kind == AZML__FIELD_METRIC;
  const char *column = is_metric ? c->field->column : "number";
  const char *value = c->value->text;
  /* Quotes make a parameter text; a metric is a number all the same.  */
  if ((is_metric || c->value->kind == AZML__TOKEN_WORD) && *c->op != '~'
      && azml__literal_number (value, &number) == 0)
    {
      if (!isnan (number))
        {
          *indexed = strcmp (column, "count") != 0 && *c->op != '!';
          azml__buffer_add_format (&c->where->sql, "%s %s ", column, c->op);
          return add_number (c->where, number, err);
        }
      if (is_metric && (*c->op == '=' || *c->op == '!'))
        {
          /* NaN is kept as NULL without a text.  */
          azml__buffer_add_format (&c->where->sql,
                                   "(%s IS NULL AND text IS NULL) = %d", column,
                                   *c->op == '=');
          return 0;
        }
    }
  if (is_metric && strcmp (column, "last") != 0)
    return azml__token_error (c->text, c->value->at, err, "'%s' is not a number",
                              value);
  return compare_text (c, "text", value, err);
}

static int
add_named (const azml__comparison *c, azml_error **err)
{
  azml__where *where = c->where;
  azml__where_narrow narrow = { .from = where->sql.length, .first = where->n };
  int indexed = 0;
  narrow.table = c->field->kind == AZML__FIELD_METRIC ? "metrics" : "parameters";
  azml__buffer_add_format (
      &where->sql, "EXISTS (SELECT 1 FROM %s WHERE run = r.run AND ", narrow.table);
  narrow.inner = where->sql.length;
  add (c, "name = ");
  int rc = azml__where_add_text (where, c->field->name, err);
  if (rc == 0 && c->op)
    {
      add (c, " AND ");
      rc = compare_named (c, &indexed, err);
    }
  add (c, ")");
  narrow.to = where->sql.length;
  narrow.last = where->n;
  if (indexed && c->necessary && where->n_narrows < AZML__WHERE_NARROWS)
    where->narrows[where->n_narrows++] = narrow;
  return rc;
}

static int
add_plain (const azml__comparison *c, azml_error **err)
{
  char column[32];
  snprintf (column, sizeof column, "%s.%s", c->field->in_details ? "d" : "r",
            c->field->column);
  if (!c->op)
    {
      azml__buffer_add_format (&c->where->sql, "%s IS NOT NULL", column);
      return 0;
    }
  switch (c->field->kind)
    {
    case AZML__FIELD_STATE:
      return compare_state (c, err);
    case AZML__FIELD_TIME:
      return compare_time (c, column, err);
    case AZML__FIELD_NUMBER:
    case AZML__FIELD_SECONDS:
      return compare_number (c, column, err);
    default:
      return compare_text (c, column, c->value->text, err);
    }
}

int
azml__comparison_add (const azml__comparison *c, azml_error **err)
{
  if (c->field->kind == AZML__FIELD_METRIC
      || c->field->kind == AZML__FIELD_PARAMETER)
    return add_named (c, err);
  /* SQL's third truth value stops here: what a run does not have compares as false,
     so that `not` of it is true.  */
  if (c->field->in_details)
    add (c, "EXISTS (SELECT 1 FROM details d WHERE d.run = r.run AND (");
  else
    add (c, c->negated ? "ifnull (" : "(");
  int rc = add_plain (c, err);
  add (c, c->field->in_details ? "))" : c->negated ? ", 0)" : ")");
  return rc;
}

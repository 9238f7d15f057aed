/* search.c: the numbers of the rows that a query means, in order.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "run/layout.h"
#include "store/internal.h"
#include "store/where.h"

void
azml__numbers_done (azml__numbers *numbers)
{
  free (numbers->all);
}

static int
add_number (azml__numbers *numbers, int64_t number, azml_error **err)
{
  if (numbers->n == numbers->size)
    {
      size_t size = numbers->size ? 2 * numbers->size : 64;
      int64_t *all = realloc (numbers->all, size * sizeof *all);
      if (!all)
        return azml__error_no_memory (err);
      numbers->all = all;
      numbers->size = size;
    }
  numbers->all[numbers->n++] = number;
  return 0;
}

/* The text under KEY of QUERY (new), or NULL if there is none.  */
static int
get_text (const json_t *query, const char *key, char **ret, azml_error **err)
{
  json_t *value = json_object_get (query, key);
  *ret = NULL;
  if (!value || json_is_null (value) || json_is_false (value))
    return 0;
  *ret = azml__json_get_bytes (value, NULL);
  return *ret ? 0
              : azml__error (err, AZML_E_INVALID, "the query's '%s' is not a text",
                             key);
}

static int
check_state (const char *state, azml_error **err)
{
  if (azml__state_parse (state) >= 0)
    return 0;
  int rc = azml__error (err, AZML_E_INVALID, "no state is called '%s'", state);
  azml__where_hint_state (state, err);
  return rc;
}

/* The condition that QUERY means.  */
static int
make_condition (const json_t *query, azml__where *where, azml_error **err)
{
  static const struct
  {
    const char *key, *column;
  } shortcuts[] = { { "experiment", "r.experiment" },
                    { "target", "r.target" },
                    { "state", "r.state" } };
  AZML_AUTO_FREE char *text = NULL;
  int rc = get_text (query, "where", &text, err);
  azml__buffer_add_char (&where->sql, '(');
  if (rc == 0 && text && text[strspn (text, " \t\r\n\f\v")])
    rc = azml__where_compile (text, azml__clock_utc_ms (), where, err);
  else
    azml__buffer_add_char (&where->sql, '1');
  azml__buffer_add_char (&where->sql, ')');
  for (int i = 0; i < 3 && rc == 0; i++)
    {
      AZML_AUTO_FREE char *value = NULL;
      rc = get_text (query, shortcuts[i].key, &value, err);
      if (rc == 0 && value && strcmp (shortcuts[i].key, "state") == 0)
        rc = check_state (value, err);
      if (rc == 0 && value)
        rc = azml__where_equal (where, shortcuts[i].column, value, err);
    }
  return rc;
}

/* Bind the values FIRST to LAST of WHERE.  */
static int
bind_values (sqlite3 *db, sqlite3_stmt *s, const azml__where *where, size_t first,
             size_t last, azml_error **err)
{
  for (size_t i = first; i < last; i++)
    {
      const azml__where_value *value = &where->values[i];
      int at = (int)(i - first) + 1, rc;
      if (value->kind == AZML__VALUE_TEXT)
        rc = sqlite3_bind_text (s, at, value->text, -1, SQLITE_STATIC);
      else if (value->kind == AZML__VALUE_INTEGER)
        rc = sqlite3_bind_int64 (s, at, value->integer);
      else
        rc = sqlite3_bind_double (s, at, value->number);
      if (rc != SQLITE_OK)
        return azml__store_error (db, rc, err);
    }
  return 0;
}

static int
prepare (azml__store *store, const azml__buffer *sql, sqlite3_stmt **ret,
         azml_error **err)
{
  if (!azml__buffer_ok (sql))
    return azml__error_no_memory (err);
  int rc = sqlite3_prepare_v2 (store->db, sql->data, (int)sql->length, ret, NULL);
  return rc == SQLITE_OK ? 0 : azml__store_error (store->db, rc, err);
}

/* A search from the newest run on finds enough soon, where many match.  Where fewer than
   this do, the index that knows them is the place to start.  */
#define FEW 2000

/* Store how many rows meet NARROW in *RET, FEW if there are more.  */
static int
count_narrow (azml__store *store, const azml__where *where,
              const azml__where_narrow *narrow, int64_t *ret, azml_error **err)
{
  AZML_AUTO_BUFFER sql = AZML__BUFFER_INIT;
  sqlite3_stmt *s = NULL;
  azml__buffer_add_format (&sql, "SELECT count(*) FROM (SELECT 1 FROM %s WHERE ",
                           narrow->table);
  azml__buffer_add (&sql, where->sql.data + narrow->inner,
                    narrow->to - 1 - narrow->inner);
  azml__buffer_add_format (&sql, " LIMIT %d)", FEW);
  int rc = prepare (store, &sql, &s, err);
  if (rc == 0)
    rc = bind_values (store->db, s, where, narrow->first, narrow->last, err);
  if (rc == 0)
    rc = azml__store_step (s, err);
  if (rc == 1)
    *ret = sqlite3_column_int64 (s, 0);
  sqlite3_finalize (s);
  return rc < 0 ? rc : 0;
}

/* Where one part of the condition is met by few rows, turn it from a test of each row
   into the list to start from.  */
static int
narrow_down (azml__store *store, azml__where *where, azml_error **err)
{
  const azml__where_narrow *best = NULL;
  int64_t fewest = FEW;
  for (int i = 0; i < where->n_narrows; i++)
    {
      int64_t n = FEW;
      int rc = count_narrow (store, where, &where->narrows[i], &n, err);
      if (rc < 0)
        return rc;
      if (n < fewest)
        {
          fewest = n;
          best = &where->narrows[i];
        }
    }
  if (!best)
    return 0;
  azml__buffer sql = AZML__BUFFER_INIT;
  azml__buffer_add (&sql, where->sql.data, best->from);
  azml__buffer_add_format (&sql, "r.run IN (SELECT run FROM %s WHERE ",
                           best->table);
  azml__buffer_add (&sql, where->sql.data + best->inner,
                    where->sql.length - best->inner);
  azml__buffer_done (&where->sql);
  where->sql = sql;
  return 0;
}

/* Append the numbers that SQL, whose values are those of WHERE, gives.  */
static int
select_numbers (azml__store *store, const azml__where *where,
                azml__numbers *numbers, azml_error **err)
{
  sqlite3_stmt *s = NULL;
  int rc = prepare (store, &where->sql, &s, err);
  if (rc == 0)
    rc = bind_values (store->db, s, where, 0, where->n, err);
  while (rc == 0 && (rc = azml__store_step (s, err)) == 1)
    rc = add_number (numbers, sqlite3_column_int64 (s, 0), err);
  sqlite3_finalize (s);
  return rc;
}

/* How the rows are sorted.  */
typedef struct sort_order
{
  azml__field field;
  int reverse;
} sort_order;

static int
make_order (const json_t *query, sort_order *order, azml_error **err)
{
  AZML_CLEANUP (azml__token_done) azml__token token = { 0 };
  AZML_AUTO (azml_error) problem = NULL;
  AZML_AUTO_FREE char *text = NULL;
  size_t at = 0;
  int rc = get_text (query, "sort", &text, err);
  if (rc < 0)
    return rc;
  const char *key = text && *text ? text : "submitted";
  order->reverse = json_is_true (json_object_get (query, "reverse"));
  rc = azml__token_next (key, &at, &token, &problem);
  if (rc == 0 && (token.kind != AZML__TOKEN_WORD || key[at]))
    rc = AZML_E_INVALID;
  if (rc == 0)
    rc = azml__field_find (key, &token, &order->field, &problem);
  if (rc == 0)
    return 0;
  azml__error (err, rc, "runs cannot be sorted by '%s'", key);
  if (azml_error_hint (problem))
    azml__error_hint (err, "%s", azml_error_hint (problem));
  return rc;
}

/* Numbers and times: the largest first; text: by the alphabet.  REVERSE turns that
   round. What has no value comes last.  Of equals the one submitted last comes
   first.  */
static void
add_order (azml__buffer *sql, const sort_order *order)
{
  int text = order->field.kind == AZML__FIELD_TEXT
             || order->field.kind == AZML__FIELD_STATE;
  const char *way = text == order->reverse ? "DESC" : "ASC";
  if (order->field.kind == AZML__FIELD_TIME)
    azml__buffer_add_format (sql, " ORDER BY r.submitted %s NULLS LAST, r.id %s",
                             way, way);
  else
    azml__buffer_add_format (
        sql, " ORDER BY %s.%s %s NULLS LAST, r.submitted DESC, r.id DESC",
        order->field.in_details ? "d" : "r", order->field.column, way);
}

/* SELECT for a field of the run itself.  */
static int
select_plain (azml__store *store, const json_t *query, const sort_order *order,
              int64_t limit, azml__numbers *numbers, azml_error **err)
{
  AZML_CLEANUP (azml__where_done) azml__where where = { 0 };
  azml__buffer_add_format (
      &where.sql, "SELECT r.run FROM runs r%s WHERE ",
      order->field.in_details ? " JOIN details d ON d.run = r.run" : "");
  int rc = make_condition (query, &where, err);
  add_order (&where.sql, order);
  azml__buffer_add_text (&where.sql, " LIMIT ");
  if (rc == 0)
    rc = azml__where_add_integer (&where, limit, err);
  if (rc == 0)
    rc = narrow_down (store, &where, err);
  return rc < 0 ? rc : select_numbers (store, &where, numbers, err);
}

/* SELECT for a metric or parameter: first the runs that have it, by its index,
   then, if there is room, those that do not.  */
static int
select_named (azml__store *store, const json_t *query, const sort_order *order,
              int64_t limit, azml__numbers *numbers, azml_error **err)
{
  AZML_CLEANUP (azml__where_done) azml__where with = { 0 };
  AZML_CLEANUP (azml__where_done) azml__where without = { 0 };
  int metric = order->field.kind == AZML__FIELD_METRIC;
  const char *table = metric ? "metrics" : "parameters";
  azml__buffer_add_format (
      &with.sql,
      "SELECT m.run FROM %s m CROSS JOIN runs r ON r.run = m.run"
      " WHERE m.name = ",
      table);
  int rc = azml__where_add_text (&with, order->field.name, err);
  azml__buffer_add_text (&with.sql, " AND ");
  if (rc == 0)
    rc = make_condition (query, &with, err);
  azml__buffer_add_format (&with.sql,
                           " ORDER BY m.%s %s NULLS LAST, m.text %s NULLS LAST,"
                           " r.submitted DESC, r.id DESC LIMIT ",
                           metric ? order->field.column : "number",
                           order->reverse ? "ASC" : "DESC",
                           order->reverse ? "DESC" : "ASC");
  if (rc == 0)
    rc = azml__where_add_integer (&with, limit, err);
  if (rc == 0)
    rc = narrow_down (store, &with, err);
  if (rc == 0)
    rc = select_numbers (store, &with, numbers, err);
  if (rc < 0 || (limit >= 0 && numbers->n >= (uint64_t)limit))
    return rc;

  azml__buffer_add_format (
      &without.sql,
      "SELECT r.run FROM runs r WHERE NOT EXISTS (SELECT 1 FROM %s"
      " WHERE run = r.run AND name = ",
      table);
  rc = azml__where_add_text (&without, order->field.name, err);
  azml__buffer_add_text (&without.sql, ") AND ");
  if (rc == 0)
    rc = make_condition (query, &without, err);
  azml__buffer_add_text (&without.sql,
                         " ORDER BY r.submitted DESC NULLS LAST, r.id DESC LIMIT ");
  if (rc == 0)
    rc = azml__where_add_integer (
        &without, limit < 0 ? -1 : limit - (int64_t)numbers->n, err);
  if (rc == 0)
    rc = narrow_down (store, &without, err);
  return rc < 0 ? rc : select_numbers (store, &without, numbers, err);
}

int
azml__search (azml__store *store, const json_t *query, azml__numbers *numbers,
              azml_error **err)
{
  sort_order order = { 0 };
  int64_t limit = azml__json_integer (query, "limit", -1);
  int rc = make_order (query, &order, err);
  if (rc < 0)
    return rc;
  if (order.field.name)
    rc = select_named (store, query, &order, limit, numbers, err);
  else
    rc = select_plain (store, query, &order, limit, numbers, err);
  azml__field_done (&order.field);
  return rc;
}

int
azml__search_names (const json_t *query, json_t **ret, azml_error **err)
{
  AZML_CLEANUP (azml__where_done) azml__where where = { 0 };
  sort_order order = { 0 };
  int rc = make_condition (query, &where, err);
  if (rc == 0)
    rc = make_order (query, &order, err);
  if (rc == 0)
    rc = azml__field_note (&order.field, &where.names, err);
  if (rc == 0)
    *ret = azml_steal (&where.names);
  azml__field_done (&order.field);
  return rc;
}

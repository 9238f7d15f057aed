/* put.c: a run's rows, written, read again, removed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/path.h"
#include "run/layout.h"
#include "run/text.h"
#include "store/internal.h"
#include "store/literal.h"

/* Bind a string (or {"bytes"}), or the word for a boolean, that lives until the step; else
   NULL.  */
static void
bind_text (sqlite3_stmt *statement, int at, const json_t *json)
{
  if (json_is_string (json))
    sqlite3_bind_text (statement, at, json_string_value (json),
                       (int)json_string_length (json), SQLITE_STATIC);
  else
    {
      char *text = json_is_object (json)    ? azml__text_of_json (json)
                   : json_is_boolean (json) ? azml__literal_text (json)
                                            : NULL;
      if (text)
        sqlite3_bind_text (statement, at, text, -1, free);
      else
        sqlite3_bind_null (statement, at);
    }
}

static void
bind_integer (sqlite3_stmt *statement, int at, const json_t *json)
{
  if (json_is_integer (json))
    sqlite3_bind_int64 (statement, at, json_integer_value (json));
  else
    sqlite3_bind_null (statement, at);
}

/* NaN becomes NULL.  */
static void
bind_number (sqlite3_stmt *statement, int at, const json_t *json)
{
  double number;
  if (azml__json_get_number (json, &number) == 0)
    sqlite3_bind_double (statement, at, number);
  else
    sqlite3_bind_null (statement, at);
}

static void
bind_time (sqlite3_stmt *statement, int at, const json_t *json)
{
  const char *text = json_string_value (json);
  int64_t ms = text ? azml__clock_parse (text) : -1;
  if (ms >= 0)
    sqlite3_bind_int64 (statement, at, ms);
  else
    sqlite3_bind_null (statement, at);
}

/* Bind JSON as JSON text; NULL if there is none.  */
static int
bind_json (sqlite3_stmt *statement, int at, const json_t *json, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (!json)
    {
      sqlite3_bind_null (statement, at);
      return 0;
    }
  int rc = azml__json_append (&text, json, err);
  if (rc == 0)
    sqlite3_bind_text (statement, at, text.data, (int)text.length,
                       SQLITE_TRANSIENT);
  return rc;
}

/* object[a][b], or NULL.  */
static json_t *
get2 (const json_t *object, const char *a, const char *b)
{
  return json_object_get (json_object_get (object, a), b);
}

static int
delete_rows (azml__store *store, azml__statement which, int64_t run,
             azml_error **err)
{
  sqlite3_stmt *statement;
  int rc = azml__statement_get (store, which, &statement, err);
  if (rc < 0)
    return rc;
  sqlite3_bind_int64 (statement, 1, run);
  return azml__store_step (statement, err);
}

/* Store the number of the row of ID in *RET, 0 if there is none.  */
static int
find_row (azml__store *store, const char *id, int64_t *ret, azml_error **err)
{
  sqlite3_stmt *statement;
  int rc = azml__statement_get (store, AZML__STATEMENT_FIND, &statement, err);
  if (rc < 0)
    return rc;
  sqlite3_bind_text (statement, 1, id, -1, SQLITE_STATIC);
  rc = azml__store_step (statement, err);
  if (rc < 0)
    return rc;
  *ret = rc ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  return 0;
}

/* Write the narrow row; RUN_NUMBER 0: insert it and store its number there.  */
static int
put_run (azml__store *store, const json_t *run, const json_t *status,
         int64_t *run_number, azml_error **err)
{
  sqlite3_stmt *s;
  const char *state = status ? azml__json_string (status, "state") : "submitting";
  int rc = azml__statement_get (
      store, *run_number ? AZML__STATEMENT_UPDATE : AZML__STATEMENT_INSERT, &s,
      err);
  if (rc < 0)
    return rc;
  bind_text (s, 1, json_object_get (run, "id"));
  bind_text (s, 2, json_object_get (run, "experiment"));
  sqlite3_bind_text (s, 3, state, -1, SQLITE_STATIC);
  bind_text (s, 4, json_object_get (status, "cause"));
  bind_text (s, 5, get2 (run, "target", "name"));
  bind_time (s, 6, json_object_get (run, "submitted"));
  bind_number (s, 7, get2 (status, "durations", "total"));
  bind_integer (s, 8, json_object_get (status, "exit_code"));
  bind_integer (s, 9, json_object_get (status, "signal"));
  if (*run_number)
    sqlite3_bind_int64 (s, 10, *run_number);
  rc = azml__store_step (s, err);
  if (rc == 0 && !*run_number)
    *run_number = sqlite3_last_insert_rowid (store->db);
  return rc;
}

static int
put_details (azml__store *store, int64_t number, const json_t *run,
             const json_t *status, const json_t *metrics, azml_error **err)
{
  sqlite3_stmt *s;
  json_t *environment = get2 (status, "environment", "hash");
  int rc = azml__statement_get (store, AZML__STATEMENT_DETAILS, &s, err);
  if (rc < 0)
    return rc;
  sqlite3_bind_int64 (s, 1, number);
  bind_text (s, 2, json_object_get (run, "alias"));
  bind_text (s, 3, get2 (run, "target", "type"));
  bind_text (s, 4, json_object_get (run, "script"));
  bind_text (s, 5, json_object_get (run, "user"));
  bind_text (s, 6, json_object_get (run, "host"));
  bind_text (s, 7, get2 (run, "snapshot", "digest"));
  bind_text (s, 8, environment ? environment : get2 (run, "environment", "digest"));
  rc = bind_json (s, 9, json_object_get (run, "command"), err);
  if (rc == 0)
    rc = bind_json (s, 10, json_object_get (run, "parameters"), err);
  if (rc == 0)
    rc = bind_json (s, 11, metrics, err);
  return rc < 0 ? rc : azml__store_step (s, err);
}

/* Write a row for each metric; store {name: last} (new) in *RET_LAST.  */
static int
put_metrics (azml__store *store, int64_t number, const azml__rows *rows,
             json_t **ret_last, azml_error **err)
{
  sqlite3_stmt *s;
  AZML_AUTO (json_t) last = json_object ();
  for (size_t i = 0; i < rows->n_metrics; i++)
    {
      const azml__metric *m = &rows->metrics[i];
      int rc = azml__statement_get (store, AZML__STATEMENT_METRIC, &s, err);
      if (rc < 0)
        return rc;
      sqlite3_bind_int64 (s, 1, number);
      sqlite3_bind_text (s, 2, m->name, -1, SQLITE_STATIC);
      sqlite3_bind_double (s, 3, m->last.kind ? m->last.real : NAN);
      sqlite3_bind_double (s, 4, m->min);
      sqlite3_bind_double (s, 5, m->max);
      sqlite3_bind_int64 (s, 6, m->count);
      bind_text (s, 7, m->last_text);
      rc = azml__store_step (s, err);
      if (rc < 0)
        return rc;
      json_t *value = m->last_text ? json_incref (m->last_text)
                                   : azml__number_to_json (&m->last);
      if (json_object_set_new (last, m->name, value) < 0)
        return azml__error_no_memory (err);
    }
  *ret_last = azml_steal (&last);
  return 0;
}

/* A parameter is compared as a number if it is one, or is text that reads like one,
   and as text in every case.  */
static int
put_parameter (azml__store *store, int64_t number, const char *name,
               const json_t *value, azml_error **err)
{
  sqlite3_stmt *s;
  double as_number = NAN;
  AZML_AUTO_FREE char *text = azml__literal_text (value);
  int rc = azml__statement_get (store, AZML__STATEMENT_PARAMETER, &s, err);
  if (rc < 0)
    return rc;
  if (azml__json_get_number (value, &as_number) < 0 && text)
    azml__literal_number (text, &as_number);
  sqlite3_bind_int64 (s, 1, number);
  sqlite3_bind_text (s, 2, name, -1, SQLITE_STATIC);
  sqlite3_bind_double (s, 3, as_number);
  sqlite3_bind_text (s, 4, text, -1, SQLITE_STATIC);
  rc = azml__store_step (s, err);
  sqlite3_clear_bindings (s);
  return rc;
}

static int
put_parameters (azml__store *store, int64_t number, const json_t *parameters,
                azml_error **err)
{
  const char *name;
  json_t *value;
  json_object_foreach ((json_t *)parameters, name, value)
  {
    int rc = put_parameter (store, number, name, value, err);
    if (rc < 0)
      return rc;
  }
  return 0;
}

int
azml__rows_put (azml__store *store, const azml__rows *rows, int fresh,
                azml_error **err)
{
  AZML_AUTO (json_t) last = NULL;
  int64_t number = 0;
  int rc = 0;
  if (!fresh)
    rc = find_row (store, azml__json_string (rows->run, "id"), &number, err);
  if (rc == 0 && number)
    rc = delete_rows (store, AZML__STATEMENT_DROP_METRICS, number, err);
  if (rc == 0 && number)
    rc = delete_rows (store, AZML__STATEMENT_DROP_PARAMETERS, number, err);
  if (rc == 0)
    rc = put_run (store, rows->run, rows->status, &number, err);
  if (rc == 0)
    rc = put_metrics (store, number, rows, &last, err);
  if (rc == 0)
    rc = put_parameters (store, number, json_object_get (rows->run, "parameters"),
                         err);
  if (rc == 0)
    rc = put_details (store, number, rows->run, rows->status, last, err);
  if (rc == 0 && !fresh)
    rc = azml__store_found (store, azml__json_string (rows->run, "id"), err);
  return rc;
}

static int
drop_run (azml__store *store, const char *id, azml_error **err)
{
  static const azml__statement all[] = { AZML__STATEMENT_DROP_METRICS,
                                         AZML__STATEMENT_DROP_PARAMETERS,
                                         AZML__STATEMENT_DROP_DETAILS,
                                         AZML__STATEMENT_DROP_RUN };
  int64_t number = 0;
  int rc = find_row (store, id, &number, err);
  for (int i = 0; i < 4 && rc == 0 && number; i++)
    rc = delete_rows (store, all[i], number, err);
  return rc < 0 ? rc : azml__store_found (store, id, err);
}

/* 1 if the row of ID says that it was being submitted a moment ago.  */
static int
is_being_submitted (azml__store *store, const char *id)
{
  int64_t number = 0;
  sqlite3_stmt *s;
  int young = 0;
  if (find_row (store, id, &number, NULL) < 0 || !number
      || azml__statement_get (store, AZML__STATEMENT_ROW, &s, NULL) < 0)
    return 0;
  sqlite3_bind_int64 (s, 1, number);
  if (azml__store_step (s, NULL) == 1)
    young = strcmp ((const char *)sqlite3_column_text (s, 3), "submitting") == 0
            && azml__store_is_young (sqlite3_column_int64 (s, 7));
  sqlite3_reset (s);
  return young;
}

static int
refresh (azml__store *store, const char *id, azml_error **err)
{
  AZML_CLEANUP (azml__rows_done) azml__rows rows = { 0 };
  AZML_AUTO_FREE char *path = azml__path_join (store->runs, id);
  if (!path)
    return azml__error_no_memory (err);
  if (access (path, F_OK) < 0 && errno == ENOENT)
    return is_being_submitted (store, id) || azml__store_is_expected (store, id)
               ? 0
               : drop_run (store, id, err);
  int rc = azml__rows_read (AT_FDCWD, path, id, &rows, err);
  return rc < 0 ? azml__error_prefix (err, rc, "run '%s'", id)
                : azml__rows_put (store, &rows, 0, err);
}

typedef struct change
{
  const azml__rows *rows; /* NULL: what the run directory of ID holds */
  size_t n;
  const char *id;
  int remove;
} change;

static int
put_rows (azml__store *store, const azml__rows *rows, size_t n, azml_error **err)
{
  int rc = 0;
  for (size_t i = 0; i < n && rc == 0; i++)
    rc = azml__rows_put (store, &rows[i], 0, err);
  return rc < 0 ? rc : azml__store_note (store, err);
}

static int
apply (azml__store *store, const change *c, azml_error **err)
{
  /* The files are read inside the transaction: of two processes that refresh a run,
     the later writer has also read later.  */
  int rc = azml__store_exec (store->db, "BEGIN IMMEDIATE", err);
  if (rc < 0)
    return rc;
  if (c->remove)
    rc = drop_run (store, c->id, err);
  else if (c->rows)
    rc = put_rows (store, c->rows, c->n, err);
  else
    rc = refresh (store, c->id, err);
  return azml__store_end (store->db, rc, err);
}

static int
change_rows (azml__store *store, const change *c, azml_error **err)
{
  int rc = azml__store_writable (store, err);
  if (rc < 0)
    return rc;
  rc = apply (store, c, err);
  if (rc == AZML_E_CORRUPT && azml__store_recover (store, err) == 0)
    rc = apply (store, c, err);
  return rc;
}

int
azml__store_put (azml__store *store, const json_t *run, const json_t *status,
                 azml_error **err)
{
  AZML_CLEANUP (azml__rows_done) azml__rows rows = { 0 };
  int rc = azml__rows_take (store->runs, run, status, &rows, err);
  change c = { .rows = &rows, .n = 1 };
  return rc < 0 ? rc : change_rows (store, &c, err);
}

int
azml__store_put_all (azml__store *store, const json_t *pairs, azml_error **err)
{
  size_t n = json_array_size (pairs);
  AZML_AUTO_FREE azml__rows *rows = calloc (n + 1, sizeof *rows);
  int rc = rows ? 0 : azml__error_no_memory (err);
  for (size_t i = 0; i < n && rc == 0; i++)
    {
      const json_t *pair = json_array_get (pairs, i),
                   *status = json_array_get (pair, 1);
      rc = azml__rows_take (store->runs, json_array_get (pair, 0),
                            json_is_object (status) ? status : NULL, &rows[i], err);
    }
  change c = { .rows = rows, .n = n };
  if (rc == 0 && n)
    rc = change_rows (store, &c, err);
  for (size_t i = 0; rows && i < n; i++)
    azml__rows_done (&rows[i]);
  return rc;
}

int
azml__store_refresh (azml__store *store, const char *id, azml_error **err)
{
  change c = { .id = id };
  if (!azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_INVALID, "'%s' is not a run id", id);
  return change_rows (store, &c, err);
}

int
azml__store_remove (azml__store *store, const char *id, azml_error **err)
{
  change c = { .id = id, .remove = 1 };
  return change_rows (store, &c, err);
}

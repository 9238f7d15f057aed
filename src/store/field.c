/* field.c: what a run can be searched and sorted by.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/field.h"

#include <string.h>

#include "core/json.h"
#include "core/nearest.h"
#include "run/text.h"

static const struct
{
  const char *name;
  azml__field_kind kind;
  const char *column;
  int in_details;
} fields[] = {
  { "id", AZML__FIELD_TEXT, "id", 0 },
  { "alias", AZML__FIELD_TEXT, "alias", 1 },
  { "experiment", AZML__FIELD_TEXT, "experiment", 0 },
  { "state", AZML__FIELD_STATE, "state", 0 },
  { "cause", AZML__FIELD_TEXT, "cause", 0 },
  { "target", AZML__FIELD_TEXT, "target", 0 },
  { "type", AZML__FIELD_TEXT, "type", 1 },
  { "submitted", AZML__FIELD_TIME, "submitted", 0 },
  { "seconds", AZML__FIELD_SECONDS, "seconds", 0 },
  { "exit_code", AZML__FIELD_NUMBER, "exit_code", 0 },
  { "signal", AZML__FIELD_NUMBER, "signal", 0 },
  { "command", AZML__FIELD_TEXT, "command", 1 },
  { "script", AZML__FIELD_TEXT, "script", 1 },
  { "user", AZML__FIELD_TEXT, "user", 1 },
  { "host", AZML__FIELD_TEXT, "host", 1 },
  { "snapshot", AZML__FIELD_TEXT, "snapshot", 1 },
  { "environment", AZML__FIELD_TEXT, "environment", 1 },
};

#define N_FIELDS (sizeof fields / sizeof *fields)

void
azml__field_done (azml__field *field)
{
  free (field->name);
  field->name = NULL;
}

static int
unknown (const char *text, const azml__token *token, azml_error **err)
{
  const char *names[N_FIELDS + 2] = { "metrics", "parameters" };
  AZML_AUTO_FREE char *head = strndup (token->text, strcspn (token->text, "."));
  if (!head)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < N_FIELDS; i++)
    names[i + 2] = fields[i].name;
  const char *nearest = azml__nearest (head, names, N_FIELDS + 2);
  int rc =
      azml__token_error (text, token->at, err, "unknown field '%s'", token->text);
  if (nearest && (nearest == names[0] || nearest == names[1]))
    azml__error_hint (err, "did you mean '%s.NAME'?", nearest);
  else if (nearest)
    azml__error_hint (err, "did you mean '%s'?", nearest);
  else
    azml__error_hint (err,
                      "fields: id, alias, experiment, state, cause, target, type,"
                      " submitted, seconds, exit_code, signal, command, script,"
                      " user, host, snapshot, environment; a metric is metrics.%s,"
                      " a parameter parameters.%s",
                      token->text, token->text);
  return rc;
}

/* The name of the metric or parameter that starts at byte FROM of the word.  A
   metric's may be followed by .last, .min, .max or .count; quotes keep a name that
   ends so.  */
static int
find_named (const char *text, const azml__token *token, size_t from,
            azml__field *ret, azml_error **err)
{
  static const char *const parts[] = { "last", "min", "max", "count" };
  const char *name = token->text + from;
  size_t n = strlen (name);
  const char *dot = strrchr (name, '.');
  if (dot && dot != name && ret->kind == AZML__FIELD_METRIC
      && (size_t)(dot - token->text) >= token->quoted)
    for (int i = 0; i < 4; i++)
      if (strcmp (dot + 1, parts[i]) == 0)
        {
          ret->column = parts[i];
          n = (size_t)(dot - name);
        }
  if (!n)
    return azml__token_error (text, token->at, err,
                              "'%s' lacks a name after the dot", token->text);
  if (token->quoted && from + n != token->quoted)
    return azml__token_error (text, token->at, err,
                              "'%s': after the quoted name only"
                              " .last, .min, .max or .count may follow",
                              token->text);
  ret->name = azml__text_of_bytes (name, n);
  return ret->name ? 0 : azml__error_no_memory (err);
}

int
azml__field_find (const char *text, const azml__token *token, azml__field *ret,
                  azml_error **err)
{
  const char *word = token->text;
  azml__field field = { .column = "last" };
  int rc = 1;
  if (strncmp (word, "metrics.", 8) == 0)
    {
      field.kind = AZML__FIELD_METRIC;
      rc = find_named (text, token, 8, &field, err);
    }
  else if (strncmp (word, "parameters.", 11) == 0)
    {
      field.kind = AZML__FIELD_PARAMETER;
      rc = find_named (text, token, 11, &field, err);
    }
  else
    for (size_t i = 0; i < N_FIELDS && rc == 1; i++)
      if (!token->quoted && strcmp (word, fields[i].name) == 0)
        {
          field.kind = fields[i].kind;
          field.column = fields[i].column;
          field.in_details = fields[i].in_details;
          rc = 0;
        }
  if (rc == 1)
    return unknown (text, token, err);
  if (rc == 0)
    *ret = field;
  return rc;
}

int
azml__field_note (const azml__field *field, json_t **names, azml_error **err)
{
  if (!field->name)
    return 0;
  if (!*names)
    *names = json_array ();
  json_t *name = azml__json_text (field->name);
  int rc = json_array_append_new (
      *names,
      json_pack ("[s, o]",
                 field->kind == AZML__FIELD_METRIC ? "metrics" : "parameters",
                 name));
  return rc < 0 ? azml__error_no_memory (err) : 0;
}

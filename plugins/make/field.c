/* field.c: what a run says of one field.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "make.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The shortest form of NUMBER that reads back the same.  */
static char *
number_text (double number)
{
  char text[40];
  for (int digits = 15; digits <= 17; digits++)
    {
      snprintf (text, sizeof text, "%.*g", digits, number);
      if (strtod (text, NULL) == number)
        break;
    }
  return strdup (text);
}

static char *
array_text (const json_t *array)
{
  char *text = NULL;
  size_t size = 0, i;
  json_t *item;
  FILE *out = open_memstream (&text, &size);
  if (!out)
    return NULL;
  json_array_foreach ((json_t *)array, i, item)
  {
    char *word = azml_make_text (item);
    fprintf (out, "%s%s", i ? " " : "", word ? word : "");
    free (word);
  }
  if (fclose (out) != 0)
    {
      free (text);
      return NULL;
    }
  return text;
}

char *
azml_make_text (const json_t *value)
{
  if (json_is_string (value))
    return strdup (json_string_value (value));
  if (json_is_real (value))
    return number_text (json_real_value (value));
  if (json_is_array (value))
    return array_text (value);
  return json_dumps (value, JSON_ENCODE_ANY | JSON_COMPACT);
}

/* The value at the dotted PATH of JSON (borrowed), or NULL.  A key that has dots itself is
   found, too.  */
static const json_t *
look_up (const json_t *json, const char *path)
{
  const json_t *value = json_object_get (json, path);
  for (const char *dot = path; !value && (dot = strchr (dot, '.')); dot++)
    {
      char *head = strndup (path, (size_t)(dot - path));
      const json_t *inner = head ? json_object_get (json, head) : NULL;
      free (head);
      if (json_is_object (inner))
        value = look_up (inner, dot + 1);
    }
  return json_is_null (value) ? NULL : value;
}

/* The text of the metric that PATH, NAME or NAME.PART, means in METRICS (new), or NULL.  */
static char *
metric_text (const json_t *metrics, const char *path)
{
  const json_t *whole = json_object_get (metrics, path);
  const json_t *value = json_is_object (whole) ? json_object_get (whole, "last")
                                               : look_up (metrics, path);
  return value && !json_is_object (value) ? azml_make_text (value) : NULL;
}

typedef int (*reader) (const azml_run *run, char **ret, azml_error **err);

/* What a file of RUN says of PATH (new); NULL if nothing.  WITHIN is the part of the file
   to look in, or NULL.  */
static int
read_field (azml_run *run, reader read, const char *within, const char *path,
            char **ret)
{
  azml_error *err = NULL;
  char *text = NULL;
  int rc = read (run, &text, &err);
  if (rc == AZML_E_NOT_FOUND)
    {
      azml_error_free (err);
      return 0;
    }
  if (rc < 0)
    return azml_make_fail_with (err);
  json_t *json = json_loads (text, JSON_ALLOW_NUL, NULL);
  free (text);
  const json_t *part = within ? json_object_get (json, within) : json;
  if (within && strcmp (within, "metrics") == 0)
    *ret = metric_text (part, path);
  else
    {
      const json_t *value = look_up (part, path);
      *ret = value ? azml_make_text (value) : NULL;
    }
  json_decref (json);
  return 0;
}

int
azml_make_field (azml_run *run, const char *field, char **ret)
{
  char *text = NULL;
  int rc = 0;
  if (strcmp (field, "directory") == 0)
    text = strdup (azml_run_directory (run));
  else if (strncmp (field, "metrics.", 8) == 0)
    rc = read_field (run, azml_run_metrics, "metrics", field + 8, &text);
  else if (strncmp (field, "parameters.", 11) == 0)
    rc = read_field (run, azml_run_request, "parameters", field + 11, &text);
  else
    {
      rc = read_field (run, azml_run_status, NULL, field, &text);
      if (rc == 0 && !text && strcmp (field, "state") == 0)
        text = strdup ("submitting");
      if (rc == 0 && !text)
        rc = read_field (run, azml_run_request, NULL, field, &text);
    }
  if (rc < 0)
    return rc;
  if (!text)
    return azml_make_fail (AZML_E_NOT_FOUND, "run %s has no '%s'",
                           azml_run_id (run), field);
  *ret = text;
  return 0;
}

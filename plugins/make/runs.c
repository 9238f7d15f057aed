/* runs.c: functions about runs: azml-metric, azml-run-field, azml-outputs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "make.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
find_run (const char *name, azml_run **ret)
{
  azml_error *err = NULL;
  azml_project *project = NULL;
  int rc = azml_make_project (&project);
  if (rc == 0 && azml_run_find (project, name, ret, &err) < 0)
    rc = azml_make_fail_with (err);
  return rc;
}

/* azml-run-field RUN,FIELD[,DEFAULT]  */
int
azml_make_run_field (const azml_call *call, char **ret)
{
  azml_run *run = NULL;
  int rc = find_run (azml_call_argument (call, 0), &run);
  if (rc == 0)
    rc = azml_make_field (run, azml_call_argument (call, 1), ret);
  azml_run_unref (run);
  if (rc == AZML_E_NOT_FOUND && call->argc > 2)
    {
      *ret = strdup (azml_call_argument (call, 2));
      rc = 0;
    }
  return rc;
}

/* Which of a metric's numbers the best run has, and how it is found.  */
typedef struct choice
{
  const char *name, *part;
  int by_part, reverse;
} choice;

static const choice choices[] = { { "max", "max", 1, 0 },
                                  { "min", "min", 1, 1 },
                                  { "last", "last", 0, 0 } };

static const choice *
find_choice (const char *name)
{
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    if (strcmp (choices[i].name, *name ? name : "max") == 0)
      return &choices[i];
  return NULL;
}

/* The id (new) of the best completed run, NULL if there is none.  */
static int
find_best (const char *experiment, const char *metric, const choice *best,
           const char *filter, char **ret)
{
  azml_history *history = NULL;
  azml_error *err = NULL;
  azml_history_query query = AZML_HISTORY_QUERY_INIT;
  char *where = NULL, *sort = NULL, *rows = NULL;
  int rc = azml_make_history (&history);
  if (rc < 0)
    return rc;
  if (asprintf (&where, "metrics.\"%s\"%s%s%s", metric, *filter ? " and (" : "",
                filter, *filter ? ")" : "")
      < 0)
    where = NULL;
  if (best->by_part
      && asprintf (&sort, "metrics.\"%s\".%s", metric, best->part) < 0)
    sort = NULL;
  query.where = where;
  query.sort = sort;
  query.experiment = *experiment ? experiment : NULL;
  query.state = "completed";
  query.reverse = best->reverse;
  query.limit = 1;
  if (!where || (best->by_part && !sort))
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  else if (azml_history_find (history, &query, &rows, &err) < 0)
    rc = azml_make_fail_with (err);
  json_t *json = rows ? json_loads (rows, JSON_ALLOW_NUL, NULL) : NULL;
  const char *id =
      json_string_value (json_object_get (json_array_get (json, 0), "id"));
  *ret = id ? strdup (id) : NULL;
  json_decref (json);
  free (rows);
  free (where);
  free (sort);
  return rc;
}

/* azml-metric EXPERIMENT,METRIC[,max|min|last[,FIELD[,FILTER[,DEFAULT]]]]  */
int
azml_make_metric (const azml_call *call, char **ret)
{
  const char *experiment = azml_call_argument (call, 0);
  const char *metric = azml_call_argument (call, 1);
  const char *field = azml_call_argument (call, 3);
  const choice *best = find_choice (azml_call_argument (call, 2));
  char *id = NULL, *own = NULL;
  azml_run *run = NULL;
  if (!*metric || strpbrk (metric, "\"\n"))
    return azml_make_fail (AZML_E_INVALID, "'%s' is no name of a metric", metric);
  if (!best)
    return azml_make_fail (AZML_E_INVALID, "'%s' is not max, min or last",
                           azml_call_argument (call, 2));
  int rc = find_best (experiment, metric, best, azml_call_argument (call, 4), &id);
  /* No run is left, or there is no project yet, as in a fresh clone.  */
  if (!id && call->argc > 5 && (rc == 0 || rc == AZML_E_NOT_FOUND))
    {
      *ret = strdup (azml_call_argument (call, 5));
      return 0;
    }
  if (rc == 0 && !id)
    rc = azml_make_fail (
        AZML_E_NOT_FOUND, "no completed run%s%s has the metric '%s'%s",
        *experiment ? " of " : "", experiment, metric,
        *azml_call_argument (call, 4) ? " and meets the filter" : "");
  if (rc == 0)
    rc = find_run (id, &run);
  if (rc == 0 && !*field
      && asprintf (&own, "metrics.%s.%s", metric, best->part) < 0)
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  if (rc == 0)
    rc = azml_make_field (run, *field ? field : own, ret);
  azml_run_unref (run);
  free (own);
  free (id);
  return rc;
}

/* Write the names of the files below PATH that match PATTERN; REST is PATH as it is called
   from outputs/.  A blank is written as make and the shell both read it.  */
static int
list_folder (const char *path, const char *rest, const char *pattern, FILE *out)
{
  struct dirent **names = NULL;
  int n = scandir (path, &names, NULL, alphasort), rc = 0;
  if (n < 0)
    return errno == ENOENT
               ? 0
               : azml_make_fail (AZML_E_OS, "'%s': %s", path, strerror (errno));
  for (int i = 0; i < n; i++)
    {
      const char *name = names[i]->d_name;
      char *inner = NULL, *inner_rest = NULL;
      struct stat st;
      if (strcmp (name, ".") != 0 && strcmp (name, "..") != 0 && rc == 0
          && asprintf (&inner, "%s/%s", path, name) > 0
          && asprintf (&inner_rest, "%s%s%s", rest, *rest ? "/" : "", name) > 0
          && lstat (inner, &st) == 0)
        {
          if (S_ISDIR (st.st_mode))
            rc = list_folder (inner, inner_rest, pattern, out);
          else if (!*pattern || fnmatch (pattern, inner_rest, 0) == 0)
            {
              if (ftell (out) > 0)
                putc (' ', out);
              for (const char *c = inner; *c; c++)
                fprintf (out, strchr (" \t", *c) ? "\\%c" : "%c", *c);
            }
        }
      free (inner);
      free (inner_rest);
      free (names[i]);
    }
  free (names);
  return rc;
}

/* azml-outputs RUN[,PATTERN]  */
int
azml_make_outputs (const azml_call *call, char **ret)
{
  azml_run *run = NULL;
  char *path = NULL, *text = NULL;
  size_t size = 0;
  int rc = find_run (azml_call_argument (call, 0), &run);
  if (rc < 0)
    return rc;
  FILE *out = open_memstream (&text, &size);
  if (!out || asprintf (&path, "%s/outputs", azml_run_directory (run)) < 0)
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  if (rc == 0)
    rc = list_folder (path, "", azml_call_argument (call, 1), out);
  if (out && fclose (out) != 0 && rc == 0)
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  if (rc == 0)
    *ret = text;
  else
    free (text);
  free (path);
  azml_run_unref (run);
  return rc;
}

/* stale.c: does a command have to run again?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "make.h"

#include <stdio.h>
#include <string.h>

#include "words.h"

/* run.json (new) of the latest completed run of EXPERIMENT on TARGET ("": any); NULL if
   there is none.  AZML_E_NOT_FOUND: there is no project.  */
static int
last_request (const char *experiment, const char *target, json_t **ret)
{
  azml_history *history = NULL;
  azml_project *project = NULL;
  azml_error *err = NULL;
  azml_run *run = NULL;
  azml_history_query query = AZML_HISTORY_QUERY_INIT;
  char *rows = NULL, *text = NULL;
  int rc = azml_make_history (&history);
  if (rc == 0)
    rc = azml_make_project (&project);
  if (rc < 0)
    return rc;
  query.experiment = experiment;
  query.target = *target ? target : NULL;
  query.state = "completed";
  query.limit = 1;
  if (azml_history_find (history, &query, &rows, &err) < 0)
    return azml_make_fail_with (err);
  json_t *json = json_loads (rows, JSON_ALLOW_NUL, NULL);
  const char *id =
      json_string_value (json_object_get (json_array_get (json, 0), "id"));
  if (id)
    rc = azml_run_find (project, id, &run, &err);
  if (run && rc == 0)
    rc = azml_run_request (run, &text, &err);
  if (rc < 0)
    rc = azml_make_fail_with (err);
  *ret = text ? json_loads (text, JSON_ALLOW_NUL, NULL) : NULL;
  azml_run_unref (run);
  json_decref (json);
  free (rows);
  free (text);
  return rc;
}

/* Is WORDS the command of the run?  A script may have got its interpreter in front.  */
static int
same_command (const json_t *request, const azml_words *words)
{
  const json_t *command = json_object_get (request, "command");
  size_t n = json_array_size (command);
  size_t more = n - words->count;
  if (n < words->count || more > 1
      || (more == 1 && !json_object_get (request, "script")))
    return 0;
  for (size_t i = 0; i < words->count; i++)
    {
      const char *word = json_string_value (json_array_get (command, i + more));
      if (!word || strcmp (word, words->all[i]) != 0)
        return 0;
    }
  return 1;
}

static int
digest_of (const azml_words *files, char **ret)
{
  azml_project *project = NULL;
  azml_error *err = NULL;
  azml_snapshot_options options = AZML_SNAPSHOT_OPTIONS_INIT;
  char *text = NULL;
  int rc = azml_make_project (&project);
  if (rc < 0)
    return rc;
  options.files = files->count ? (const char *const *)files->all : NULL;
  options.n_files = files->count;
  options.tracked = files->count == 0;
  options.cache = files->count ? NULL : "tracked";
  if (azml_snapshot_take (project, ".", &options, NULL, &text, &err) < 0)
    return azml_make_fail_with (err);
  json_t *report = json_loads (text, 0, NULL);
  const char *digest = json_string_value (json_object_get (report, "digest"));
  *ret = digest ? strdup (digest) : NULL;
  json_decref (report);
  free (text);
  return *ret ? 0 : azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
}

#define NAMED 5

/* Name the files that differ between the snapshots A and B.  */
static char *
describe_changes (const char *a, const char *b)
{
  azml_project *project = NULL;
  char *changes = NULL, *text = NULL;
  size_t size = 0, i;
  json_t *change;
  if (azml_make_project (&project) < 0
      || azml_snapshot_compare (project, a, b, &changes, NULL) < 0)
    return strdup ("the source files differ");
  json_t *json = json_loads (changes, JSON_ALLOW_NUL, NULL);
  free (changes);
  FILE *out = open_memstream (&text, &size);
  if (out)
    {
      json_array_foreach (json, i, change)
      {
        char *path = azml_make_text (json_object_get (change, "path"));
        if (i < NAMED)
          fprintf (out, "%s%s %s", i ? ", " : "",
                   json_string_value (json_object_get (change, "change")),
                   path ? path : "?");
        free (path);
      }
      if (json_array_size (json) > NAMED)
        fprintf (out, " and %zu more", json_array_size (json) - NAMED);
      if (fclose (out) != 0)
        text = NULL;
    }
  json_decref (json);
  return text;
}

/* azml-stale EXPERIMENT,COMMAND[,SOURCES[,TARGET]]: why the command has to run again;
   nothing if its last completed run had the same command and source files.  */
int
azml_make_stale (const azml_call *call, char **ret)
{
  const char *experiment = azml_call_argument (call, 0);
  azml_words command = { NULL, 0 }, files = { NULL, 0 };
  json_t *request = NULL;
  char *digest = NULL;
  int rc =
      *experiment ? 0 : azml_make_fail (AZML_E_INVALID, "no experiment is named");
  if (rc == 0)
    rc = azml_words_split (&command, azml_call_argument (call, 1));
  if (rc == 0)
    rc = azml_words_split (&files, azml_call_argument (call, 2));
  if (rc == 0)
    rc = last_request (experiment, azml_call_argument (call, 3), &request);
  if (rc == AZML_E_NOT_FOUND && !request) /* a fresh clone */
    {
      *ret = strdup ("no run has completed");
      rc = *ret ? 0 : azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
    }
  else if (rc == 0)
    rc = digest_of (&files, &digest);
  if (rc == 0 && !*ret)
    {
      const char *last = json_string_value (
          json_object_get (json_object_get (request, "snapshot"), "digest"));
      if (!request)
        *ret = strdup ("no run has completed");
      else if (!same_command (request, &command))
        *ret = strdup ("another command");
      else if (!last || strcmp (last, digest) != 0)
        *ret =
            last ? describe_changes (last, digest) : strdup ("other source files");
      else
        *ret = strdup ("");
      if (!*ret)
        rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
    }
  json_decref (request);
  free (digest);
  azml_words_done (&command);
  azml_words_done (&files);
  return rc;
}

/* azml-quote TEXT: TEXT as one word for the shell.  */
int
azml_make_quote (const azml_call *call, char **ret)
{
  const char *text = azml_call_argument (call, 0);
  char *quoted = malloc (4 * strlen (text) + 3), *at = quoted;
  if (!quoted)
    return azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  *at++ = '\'';
  for (; *text; text++)
    {
      if (*text == '\'')
        {
          memcpy (at, "'\\'", 3);
          at += 3;
        }
      *at++ = *text;
    }
  memcpy (at, "'", 2);
  *ret = quoted;
  return 0;
}

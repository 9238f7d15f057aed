/* log.c: azml-runner log NAME=VALUE...: metrics from shell scripts.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Logging never breaks training: what cannot be written is a warning, and only a
   command line that makes no sense is an error.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "run/metrics.h"
#include "runner/pattern.h"
#include "serve/verb.h"

/* The list that TEXT ("[1, 2]") is, or NULL.  */
static json_t *
list_value (const char *text)
{
  AZML_AUTO (json_t) json = NULL;
  double number;
  size_t n;
  if (*text != '['
      || azml__json_parse (text, strlen (text), "value", &json, NULL) < 0)
    return NULL;
  n = json_array_size (json);
  for (size_t i = 0; i < n; i++)
    if (azml__json_get_number (json_array_get (json, i), &number) < 0)
      return NULL;
  return n ? azml_steal (&json) : NULL;
}

/* Log one WORD, "NAME=VALUE".  FILE NULL: only look whether it makes sense.  */
static int
log_word (const char *word, const char *file, const json_t *step, azml_error **err)
{
  const char *equals = strchr (word, '=');
  if (!equals || equals == word)
    return azml__error (err, AZML_E_INVALID, "'%s' is not NAME=VALUE", word);
  AZML_AUTO_FREE char *name = strndup (word, (size_t)(equals - word));
  AZML_AUTO (json_t) value = list_value (equals + 1);
  if (!value)
    value = azml__metric_value (equals + 1);
  if (!name || !value)
    return azml__error_no_memory (err);
  return file ? azml__metrics_append (file, name, value, step, err) : 0;
}

int
azml__verb_log (const azml__verb_line *line)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) step = line->step ? azml__metric_value (line->step) : NULL;
  const char *file = getenv ("AZML_METRICS");
  if (!line->count)
    return azml__verb_usage ("log", "nothing to log: NAME=VALUE is missing");
  if (step && !json_is_number (step))
    return azml__verb_usage ("log", "the step is not a number");
  for (int i = 0; i < line->count; i++)
    if (log_word (line->words[i], NULL, NULL, &err) < 0)
      return azml__verb_usage ("log", azml_error_message (err));
  if (!file || !*file)
    {
      fprintf (stderr,
               "azml-runner: warning: nothing logged: AZML_METRICS is not set "
               "(this is no run)\n");
      return 0;
    }
  for (int i = 0; i < line->count; i++)
    if (log_word (line->words[i], file, step, &err) < 0)
      {
        fprintf (stderr, "azml-runner: warning: not logged: %s\n",
                 azml_error_message (err));
        return 0;
      }
  return 0;
}

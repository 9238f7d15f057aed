/* targets.c: functions about compute targets: azml-targets, azml-target-field,
   azml-gpus-free.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What a target is, recipes and files of several kinds say; the program azml-guile knows
   how to read them, and is asked.  */

#include <config.h>

#include "make.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define ANSWER_LIMIT ((size_t)16 << 20)

/* Read all of IN (new text).  */
static char *
read_all (FILE *in)
{
  char *text = NULL, block[4096];
  size_t size = 0, n;
  FILE *out = open_memstream (&text, &size);
  if (!out)
    return NULL;
  while ((n = fread (block, 1, sizeof block, in)) > 0
         && (size_t)ftell (out) < ANSWER_LIMIT)
    fwrite (block, 1, n, out);
  if (fclose (out) != 0)
    {
      free (text);
      return NULL;
    }
  return text;
}

/* The value of the variable AZML_GUILE of the makefile (new).  */
static char *
program_name (void)
{
  char *name = gmk_expand ("$(AZML_GUILE)");
  char *copy = strdup (name && *name ? name : "azml-guile");
  gmk_free (name);
  return copy;
}

/* Run `azml-guile WORDS' and parse what it prints: with a status other than 0, too, because
   `gpu' on a machine without one says why.  */
static int
ask_program (const char *words, json_t **ret)
{
  char *name = program_name (), *command = NULL, *text = NULL;
  FILE *in = NULL;
  int rc = 0, status = -1;
  if (!name || asprintf (&command, "exec %s %s", name, words) < 0)
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  if (rc == 0 && !(in = popen (command, "re")))
    rc = azml_make_fail (AZML_E_OS, "'%s' cannot be started", name);
  if (in)
    {
      text = read_all (in);
      status = pclose (in);
    }
  json_t *json = text ? json_loads (text, JSON_ALLOW_NUL, NULL) : NULL;
  if (rc == 0 && !json)
    rc = azml_make_fail (AZML_E_FAILED, "'%s %s' failed with %d", name, words,
                         WIFEXITED (status) ? WEXITSTATUS (status) : status);
  *ret = json;
  free (text);
  free (command);
  free (name);
  return rc;
}

/* All targets, asked for once: a makefile that names many asks often.  */
static int
all_targets (const json_t **ret)
{
  static json_t *targets;
  json_t *answer = NULL;
  int rc = targets ? 0 : ask_program ("computetarget list --json", &answer);
  if (rc == 0 && !targets && !json_is_array (answer))
    rc = azml_make_fail (AZML_E_FORMAT, "the list of targets is none");
  if (rc == 0 && !targets)
    targets = json_incref (answer);
  json_decref (answer);
  *ret = targets;
  return rc;
}

/* azml-targets  */
int
azml_make_targets (const azml_call *call, char **ret)
{
  const json_t *targets = NULL;
  char *text = NULL;
  size_t size = 0, i;
  json_t *target;
  if (*azml_call_argument (call, 0))
    return azml_make_fail (AZML_E_INVALID, "takes no argument, and got '%s'",
                           azml_call_argument (call, 0));
  int rc = all_targets (&targets);
  if (rc < 0)
    return rc;
  FILE *out = open_memstream (&text, &size);
  if (!out)
    return azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  json_array_foreach ((json_t *)targets, i, target)
  {
    const char *name = json_string_value (json_object_get (target, "name"));
    fprintf (out, "%s%s", i ? " " : "", name ? name : "");
  }
  if (fclose (out) != 0)
    return azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  *ret = text;
  return 0;
}

/* azml-target-field TARGET,FIELD[,DEFAULT]  */
int
azml_make_target_field (const azml_call *call, char **ret)
{
  const char *wanted = azml_call_argument (call, 0);
  const char *field = azml_call_argument (call, 1);
  const json_t *targets = NULL;
  size_t i;
  json_t *target;
  int rc = all_targets (&targets);
  if (rc < 0)
    return rc;
  json_array_foreach ((json_t *)targets, i, target)
  {
    const char *name = json_string_value (json_object_get (target, "name"));
    if (!name || strcmp (name, wanted) != 0)
      continue;
    const json_t *value =
        json_object_get (json_object_get (target, "fields"), field);
    if (!value)
      value = json_object_get (target, field); /* scope, file */
    if (!value || json_is_null (value))
      {
        if (call->argc < 3)
          return azml_make_fail (AZML_E_NOT_FOUND, "target '%s' has no '%s'", name,
                                 field);
        *ret = strdup (azml_call_argument (call, 2));
      }
    else
      *ret = azml_make_text (value);
    return *ret ? 0 : azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  }
  return azml_make_fail (AZML_E_NOT_FOUND, "there is no target '%s'", wanted);
}

/* Can GPU be used, is none of LEASES on it, and does nobody compute there?  */
static int
is_free (const json_t *gpu, const json_t *leases)
{
  const char *uuid = json_string_value (json_object_get (gpu, "uuid"));
  size_t i;
  json_t *item;
  if (!uuid || json_object_get (gpu, "problem")
      || json_is_true (json_object_get (gpu, "mig"))
      || json_is_true (json_object_get (gpu, "prohibited")))
    return 0;
  json_array_foreach ((json_t *)leases, i, item)
  {
    const char *held = json_string_value (json_object_get (item, "uuid"));
    if (held && strcmp (held, uuid) == 0)
      return 0;
  }
  json_array_foreach (json_object_get (gpu, "processes"), i, item)
  {
    if (json_is_true (json_object_get (item, "compute")))
      return 0;
  }
  return 1;
}

/* ANSWER is what `gpu --json' printed.  That there is no GPU is an answer, that nobody can
   tell is none.  */
static int
check_answer (const json_t *answer)
{
  const json_t *gpus = json_object_get (answer, "gpus");
  const char *problem = json_string_value (
      json_object_get (json_object_get (answer, "gpu_driver"), "problem"));
  if (json_array_size (gpus) == 0 && problem)
    return azml_make_fail (AZML_E_FAILED, "%s", problem);
  return json_is_array (gpus)
             ? 0
             : azml_make_fail (AZML_E_FORMAT, "the list of GPUs is none");
}

/* azml-gpus-free [TARGET]: how many GPUs nobody holds and nobody computes on.  */
int
azml_make_gpus_free (const azml_call *call, char **ret)
{
  const char *target = azml_call_argument (call, 0);
  char *quoted = NULL, *words = NULL;
  azml_call name = { 1, (char *[]){ (char *)target } };
  json_t *answer = NULL, *gpu;
  size_t i, n = 0;
  int rc = azml_make_quote (&name, &quoted);
  if (rc == 0
      && asprintf (&words, "gpu --json%s%s", *target ? " " : "",
                   *target ? quoted : "")
             < 0)
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  if (rc == 0)
    rc = ask_program (words, &answer);
  if (rc == 0)
    rc = check_answer (answer);
  json_array_foreach (json_object_get (answer, "gpus"), i, gpu)
  {
    n += (size_t)is_free (gpu, json_object_get (answer, "leases"));
  }
  if (rc == 0 && asprintf (ret, "%zu", n) < 0)
    rc = azml_make_fail (AZML_E_NO_MEMORY, "out of memory");
  json_decref (answer);
  free (words);
  free (quoted);
  return rc;
}

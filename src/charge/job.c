/* job.c: job.json, checked.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "charge/job.h"

#include <math.h>
#include <string.h>

#include "core/path.h"

#define GRACE 10.0
#define SECONDS_LIMIT 1e9 /* longer is for ever, and fits every integer */

static int
wrong (azml_error **err, const char *key, const char *what)
{
  return azml__error (err, AZML_E_FORMAT, "job.json: '%s' %s", key, what);
}

/* JSON[KEY] as strings; absent or empty: NULL.  */
static int
get_strings (const json_t *json, const char *key, char ***ret, azml_error **err)
{
  json_t *value = json_object_get (json, key);
  if (!value || json_is_null (value)
      || (json_is_array (value) && !json_array_size (value)))
    return 0;
  int rc = azml__json_strings (value, key, ret, err);
  return rc < 0 ? azml__error_prefix (err, rc, "job.json") : 0;
}

static int
get_seconds (const json_t *json, const char *key, double *ret, azml_error **err)
{
  json_t *value = json_object_get (json, key);
  double number;
  if (!value || json_is_null (value))
    return 0;
  if (azml__json_get_number (value, &number) < 0 || isnan (number) || number < 0)
    return wrong (err, key, "is not a number of seconds");
  *ret = number > SECONDS_LIMIT ? SECONDS_LIMIT : number;
  return 0;
}

/* JSON[KEY] if it is of TYPE (a new reference), NULL if absent.  */
static int
get_value (const json_t *json, const char *key, json_type type, json_t **ret,
           azml_error **err)
{
  json_t *value = json_object_get (json, key);
  if (!value || json_is_null (value))
    return 0;
  if (json_typeof (value) != type)
    return wrong (err, key,
                  type == JSON_ARRAY ? "is not an array" : "is not an object");
  *ret = json_incref (value);
  return 0;
}

static int
check_inputs (const json_t *inputs, azml_error **err)
{
  size_t n = json_array_size (inputs);
  for (size_t i = 0; i < n; i++)
    {
      const json_t *input = json_array_get (inputs, i);
      AZML_AUTO_FREE char *path =
          azml__json_get_bytes (json_object_get (input, "path"), NULL);
      AZML_AUTO_FREE char *name =
          azml__json_get_bytes (json_object_get (input, "name"), NULL);
      if (!path || path[0] != '/')
        return wrong (err, "inputs", "has a path that is not absolute");
      if (!name || strchr (name, '/') || !azml__path_is_inside (name))
        return wrong (err, "inputs", "has a name that is no file name");
    }
  return 0;
}

static int
check_steps (const json_t *steps, azml_error **err)
{
  size_t n = json_array_size (steps);
  for (size_t i = 0; i < n; i++)
    if (!json_array_size (json_object_get (json_array_get (steps, i), "argv")))
      return wrong (err, "steps", "has a step without a command");
  return 0;
}

/* What begins with a dash would be an option to some.  */
static int
check_container (const azml__job *job, azml_error **err)
{
  const json_t *spec = job->container;
  const char *engine = azml__json_string (spec, "engine");
  AZML_AUTO_FREE char *image =
      azml__json_get_bytes (json_object_get (spec, "image"), NULL);
  if (!image || !*image || *image == '-')
    return wrong (err, "container", "has no image");
  if (engine && strcmp (engine, "docker") != 0 && strcmp (engine, "podman") != 0)
    return wrong (err, "container", "has an engine that is not known here");
  if (job->wrapper)
    return wrong (err, "container", "does not go together with other words");
  return 0;
}

static int
read_command (azml__job *job, const json_t *json, azml_error **err)
{
  int rc = get_strings (json, "argv", &job->argv, err);
  if (rc < 0)
    return rc;
  if (!job->argv)
    return wrong (err, "argv", "is missing or empty");
  const char *interpreter = azml__json_string (json, "interpreter");
  if (interpreter && strcmp (interpreter, "python") != 0)
    return wrong (err, "interpreter", "is none that is known here");
  job->python = interpreter != NULL;
  json_t *wrapper = json_object_get (json, "wrapper");
  rc = get_strings (json, "setup", &job->setup, err);
  if (rc == 0)
    rc = get_strings (wrapper, "argv", &job->wrapper, err);
  if (rc == 0)
    rc = get_strings (wrapper, "stop", &job->wrapper_stop, err);
  if (rc == 0)
    rc = get_strings (wrapper, "gpus", &job->wrapper_gpus, err);
  if (rc == 0)
    rc = get_strings (json, "python_path", &job->python_path, err);
  if (rc == 0)
    rc = get_value (wrapper, "container", JSON_OBJECT, &job->container, err);
  if (rc == 0 && job->container)
    rc = check_container (job, err);
  return rc;
}

static int
read_share (azml__job *job, const json_t *value, azml_error **err)
{
  if (!value || json_is_null (value))
    return 0;
  job->share = azml__json_get_bytes (value, NULL);
  if (!job->share || (job->share[0] != '/' && strncmp (job->share, "~/", 2) != 0))
    return wrong (err, "share", "is no folder, \"/...\" or \"~/...\"");
  return 0;
}

static int
read_places (azml__job *job, const json_t *json, azml_error **err)
{
  const char *digest = azml__json_string (json, "snapshot");
  json_t *folder = json_object_get (json, "working_directory");
  if (digest && azml__digest_parse (digest, &job->snapshot) < 0)
    return wrong (err, "snapshot", "is not a digest");
  job->has_snapshot = digest != NULL;
  job->record_reads = json_is_true (json_object_get (json, "record_reads"));
  job->no_spare = json_is_true (json_object_get (json, "no_spare"));
  if (folder && !json_is_null (folder))
    {
      job->working_directory = azml__json_get_bytes (folder, NULL);
      if (!job->working_directory)
        return wrong (err, "working_directory", "is not a text");
      if (strcmp (job->working_directory, ".") != 0
          && !azml__path_is_inside (job->working_directory))
        return wrong (err, "working_directory", "is not inside the source folder");
    }
  int rc = read_share (job, json_object_get (json, "share"), err);
  if (rc == 0)
    rc = get_value (json, "inputs", JSON_ARRAY, &job->inputs, err);
  return rc < 0 ? rc : check_inputs (job->inputs, err);
}

static int
read_rest (azml__job *job, const json_t *json, azml_error **err)
{
  int rc = get_value (json, "environment", JSON_OBJECT, &job->environment, err);
  if (rc == 0)
    rc = get_value (json, "variables", JSON_OBJECT, &job->variables, err);
  if (rc == 0)
    rc = get_value (json, "metric_patterns", JSON_ARRAY, &job->patterns, err);
  if (rc == 0)
    rc = get_value (json, "steps", JSON_ARRAY, &job->steps, err);
  if (rc == 0)
    rc = check_steps (job->steps, err);
  if (rc == 0)
    rc = azml__gpu_request_read (json_object_get (json, "gpus"), &job->gpus, err);
  if (rc == 0)
    rc = get_seconds (json, "grace", &job->grace, err);
  if (rc == 0)
    rc = get_seconds (json, "time_limit", &job->time_limit, err);
  return rc;
}

int
azml__job_check (azml__job *job, const json_t *json, const char *id,
                 azml_error **err)
{
  *job = (azml__job){ .grace = GRACE };
  const char *name = azml__json_string (json, "id");
  if (azml__json_integer (json, "version", 0) != 1)
    return wrong (err, "version", "is none that this runner knows");
  if (!name || strcmp (name, id) != 0)
    return wrong (err, "id", "is not that of the run directory");
  int rc = read_command (job, json, err);
  if (rc == 0)
    rc = read_places (job, json, err);
  if (rc == 0)
    rc = read_rest (job, json, err);
  return rc;
}

int
azml__job_read (azml__job *job, int folder, const char *id, azml_error **err)
{
  AZML_AUTO (json_t) json = NULL;
  *job = (azml__job){ .grace = GRACE };
  int rc = azml__json_read (folder, "job.json", &json, err);
  return rc < 0 ? rc : azml__job_check (job, json, id, err);
}

void
azml__job_done (azml__job *job)
{
  azml__strings_free (job->argv);
  azml__strings_free (job->setup);
  azml__strings_free (job->wrapper);
  azml__strings_free (job->wrapper_stop);
  azml__strings_free (job->wrapper_gpus);
  azml__strings_free (job->python_path);
  free (job->working_directory);
  free (job->share);
  json_decref (job->container);
  json_decref (job->environment);
  json_decref (job->variables);
  json_decref (job->steps);
  json_decref (job->inputs);
  json_decref (job->patterns);
  azml__gpu_request_free (job->gpus);
  *job = (azml__job){ 0 };
}

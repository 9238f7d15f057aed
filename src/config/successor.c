/* successor.c: what came after Workbench: runconfigs of SDK v1, jobs of CLI v2.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "config/file.h"
#include "config/problem.h"
#include "core/json.h"

#define TEXT AZML__KEY_TEXT, NULL, NULL, NULL
#define TEXTS AZML__KEY_TEXTS, NULL, NULL, NULL
#define BOOLEAN AZML__KEY_BOOLEAN, NULL, NULL, NULL
#define INTEGER AZML__KEY_INTEGER, NULL, NULL, NULL
#define ANY AZML__KEY_ANY, NULL, NULL, NULL
#define VARIABLES AZML__KEY_VARIABLES, NULL, NULL, NULL
#define IGNORED(why) AZML__KEY_ANY, NULL, NULL, why
#define MAP(keys) AZML__KEY_MAP, NULL, keys, NULL

static const char one_machine[] = "a run has one machine";
static const char azure_only[] = "it belongs to the service";
static const char by_content[] = "an environment is known by its packages";
static const char built_then[] =
    "an environment is built when a run needs it for the first time";
static const char no_store[] =
    "data stores belong to the service; name data as an input of the recipe";

static const azml__key python_keys[] = {
  { "userManagedDependencies", BOOLEAN },
  { "interpreterPath", TEXT },
  { "condaDependenciesFile", TEXT },
  { "baseCondaEnvironment", IGNORED ("an environment is built from its packages") },
  { 0 }
};

static const azml__key registry_keys[] = { { "address", TEXT },
                                           { "username", TEXT },
                                           { "password", AZML__KEY_SECRET, NULL,
                                             NULL, NULL },
                                           { 0 } };

static const azml__key docker_keys[] = {
  { "enabled", BOOLEAN },
  { "baseImage", TEXT },
  { "baseDockerfile", IGNORED ("an image is named by"
                               " 'baseImage'") },
  { "sharedVolumes", BOOLEAN },
  { "gpuSupport", BOOLEAN },
  { "shmSize", TEXT },
  { "arguments", TEXTS },
  { "baseImageRegistry", MAP (registry_keys) },
  { 0 }
};

static const azml__key spark_keys[] = {
  { "repositories", TEXTS },
  { "packages", ANY },
  { "precachePackages", IGNORED ("Spark keeps what it has fetched") },
  { 0 }
};

static const azml__key environment_keys[] = {
  { "name", IGNORED (by_content) },
  { "version", IGNORED (by_content) },
  { "environmentVariables", VARIABLES },
  { "python", MAP (python_keys) },
  { "docker", MAP (docker_keys) },
  { "spark", MAP (spark_keys) },
  { "databricks", IGNORED ("there is no Databricks target") },
  { "inferencingStackVersion", IGNORED (azure_only) },
  { 0 }
};

static const azml__key spark_run_keys[] = { { "configuration", VARIABLES }, { 0 } };
static const azml__key hdi_keys[] = { { "yarnDeployMode",
                                        IGNORED ("a target of type cluster has"
                                                 " its own") },
                                      { 0 } };

const azml__key azml__v1_keys[] = {
  { "script", TEXT },
  { "arguments", TEXTS },
  { "target", TEXT },
  { "framework", TEXT },
  { "communicator", TEXT },
  { "prepareEnvironment", BOOLEAN },
  { "autoPrepareEnvironment", BOOLEAN },
  { "maxRunDurationSeconds", INTEGER },
  { "nodeCount", INTEGER },
  { "environment", MAP (environment_keys) },
  { "history", IGNORED ("every run is recorded, with its source and its outputs") },
  { "spark", MAP (spark_run_keys) },
  { "hdi", MAP (hdi_keys) },
  { "tensorflow", IGNORED (one_machine) },
  { "mpi", IGNORED (one_machine) },
  { "batchai", IGNORED ("Batch AI was shut down") },
  { "containerInstance", IGNORED (azure_only) },
  { "amlcompute", IGNORED (azure_only) },
  { "dataReferences", IGNORED (no_store) },
  { "data", IGNORED (no_store) },
  { "sourceDirectoryDataStore", IGNORED (no_store) },
  { "useAbsolutePath", IGNORED (azure_only) },
  { "outputData", IGNORED (no_store) },
  { "jobName", IGNORED (azure_only) },
  { "project", IGNORED (azure_only) },
  { "environmentVariables", VARIABLES },
  { 0 }
};

/* More than one machine is asked for.  */
static void
check_nodes (azml__reader *reader, const json_t *values, const char *key,
             const char *path)
{
  if (azml__json_integer (values, key, 1) > 1)
    azml__problem_add (reader->document, "warning",
                       azml__reader_offset (reader, path), NULL,
                       "'%s' is ignored: %s", key, one_machine);
}

static const json_t *
registry_of (const azml__reader *reader)
{
  const json_t *environment = json_object_get (reader->values, "environment");
  return json_object_get (json_object_get (environment, "docker"),
                          "baseImageRegistry");
}

void
azml__v1_finish (azml__reader *reader)
{
  static const char *const simple[] = { "Python",     "PySpark", "CNTK",
                                        "TensorFlow", "PyTorch", NULL };
  const char *framework = azml__reader_text (reader, "framework", "Python");
  const char *communicator = azml__reader_text (reader, "communicator", "None");
  size_t i = 0;
  azml__reader_default (reader, "script", "train.py");
  azml__reader_default (reader, "target", "local");
  while (simple[i] && strcmp (simple[i], framework) != 0)
    i++;
  if (!simple[i])
    azml__problem_add (reader->document, "warning",
                       azml__reader_offset (reader, "framework"), NULL,
                       "'%s' is read as Python: %s", framework, one_machine);
  json_object_set_new (reader->values, "framework",
                       json_string (i == 1 ? "PySpark" : "Python"));
  if (strcmp (communicator, "None") != 0)
    azml__problem_add (reader->document, "warning",
                       azml__reader_offset (reader, "communicator"), NULL,
                       "'communicator' is ignored: %s", one_machine);
  check_nodes (reader, reader->values, "nodeCount", "nodeCount");
  azml__reader_say_false (reader, "prepareEnvironment", built_then);
  azml__reader_say_false (reader, "autoPrepareEnvironment", built_then);
  if (azml__json_string (registry_of (reader), "address"))
    azml__problem_add (reader->document, "note",
                       azml__reader_offset (reader, "environment"),
                       "docker login at that registry",
                       "'baseImageRegistry' is ignored: the engine that fetches the"
                       " image has its own log-in");
}

static const azml__key resources_keys[] = { { "instance_count", INTEGER },
                                            { "instance_type",
                                              IGNORED (azure_only) },
                                            { "shm_size", TEXT },
                                            { "docker_args", ANY },
                                            { 0 } };

static const azml__key limits_keys[] = { { "timeout", INTEGER }, { 0 } };

const azml__key azml__job_keys[] = { { "$schema", TEXT },
                                     { "type", TEXT },
                                     { "name", TEXT },
                                     { "display_name", TEXT },
                                     { "experiment_name", TEXT },
                                     { "description", TEXT },
                                     { "tags", IGNORED ("a run has no tags; history"
                                                        " finds its parameters") },
                                     { "properties", IGNORED (azure_only) },
                                     { "command", TEXT },
                                     { "component", IGNORED (azure_only) },
                                     { "code", TEXT },
                                     { "environment", ANY },
                                     { "environment_variables", VARIABLES },
                                     { "compute", TEXT },
                                     { "resources", MAP (resources_keys) },
                                     { "limits", MAP (limits_keys) },
                                     { "distribution", ANY },
                                     { "inputs", ANY },
                                     { "outputs", ANY },
                                     { "identity", IGNORED (azure_only) },
                                     { "services", IGNORED (azure_only) },
                                     { "queue_settings", IGNORED (azure_only) },
                                     { "parent_job_name", IGNORED (azure_only) },
                                     { 0 } };

/* The packages and the image by a name that only the service knows.  */
static void
check_environment (azml__reader *reader)
{
  json_t *environment = json_object_get (reader->values, "environment");
  if (json_is_string (environment))
    azml__problem_add (
        reader->document, "warning", azml__reader_offset (reader, "environment"),
        "write 'image:' and 'conda_file:' below 'environment:'",
        "'environment' is ignored: '%s' is registered with the service, and not"
        " known here",
        json_string_value (environment));
  if (json_object_get (environment, "build"))
    azml__problem_add (reader->document, "warning",
                       azml__reader_offset (reader, "environment"),
                       "build the image, and name it by 'image:'",
                       "'build' is ignored: an image is built from packages alone");
}

/* What a container needs, where there is none.  */
static void
check_container (azml__reader *reader)
{
  static const char *const keys[] = { "shm_size", "docker_args" };
  const json_t *resources = json_object_get (reader->values, "resources");
  const json_t *environment = json_object_get (reader->values, "environment");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (json_object_get (resources, keys[i])
        && !json_object_get (environment, "image"))
      azml__problem_add (reader->document, "note",
                         azml__reader_offset (reader, "resources"), NULL,
                         "'%s' is ignored: the job names no image", keys[i]);
}

/* Data that only the service has, and what becomes of outputs.  An address may hold a key
   of the store (?sig=...): it is not said.  */
static void
check_data (azml__reader *reader)
{
  const char *name;
  json_t *data;
  json_object_foreach (json_object_get (reader->values, "inputs"), name, data)
  {
    const char *path = azml__json_string (data, "path");
    if (path && (strncmp (path, "azureml:", 8) == 0 || strstr (path, "://")))
      azml__problem_add (reader->document, "warning",
                         azml__reader_offset (reader, "inputs"),
                         "write the path of a folder or file",
                         "the input '%s' is not on this machine: its path is an"
                         " address",
                         name);
  }
  json_object_foreach (json_object_get (reader->values, "outputs"), name,
                       data) if (json_object_get (data, "path")
                                 || json_object_get (data, "mode"))
      azml__problem_add (reader->document, "note",
                         azml__reader_offset (reader, "outputs"), NULL,
                         "path and mode of the output '%s' are ignored: it is the"
                         " folder outputs/%s, which is kept with the run",
                         name, name);
}

void
azml__job_finish (azml__reader *reader)
{
  azml__document *d = reader->document;
  const char *type = azml__reader_text (reader, "type", "command");
  const char *compute = azml__reader_text (reader, "compute", "local");
  if (strcmp (type, "command") != 0)
    azml__problem_add (d, "error", azml__reader_offset (reader, "type"),
                       "a job of one command can be read",
                       "a job of type '%s' is not read", type);
  else if (!json_object_get (reader->values, "command"))
    azml__problem_add (d, "error", azml__reader_offset (reader, "command"),
                       "add 'command: python train.py'",
                       "the job has no 'command'");
  if (strncmp (compute, "azureml:", 8) == 0)
    compute += 8;
  json_object_set_new (reader->values, "compute", json_string (compute));
  check_environment (reader);
  check_container (reader);
  check_data (reader);
  check_nodes (reader, json_object_get (reader->values, "resources"),
               "instance_count", "resources");
  if (json_object_get (reader->values, "distribution"))
    azml__problem_add (d, "warning", azml__reader_offset (reader, "distribution"),
                       NULL, "'distribution' is ignored: %s", one_machine);
}

/* runconfig.c: NAME.runconfig of Workbench, project.json and .link.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "config/file.h"
#include "config/problem.h"
#include "core/json.h"

static const char *const frameworks[] = { "Python", "PySpark", NULL };

static const char no_sampling[] = "data sources (.dsource, .dprep) belong to the "
                                  "product; the script reads its data"
                                  " itself";

const azml__key azml__runconfig_keys[] = {
  { "ArgumentVector", AZML__KEY_TEXTS, NULL, NULL, NULL },
  { "Target", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "EnvironmentVariables", AZML__KEY_VARIABLES, NULL, NULL, NULL },
  { "Framework", AZML__KEY_CHOICE, frameworks, NULL, NULL },
  { "CondaDependenciesFile", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "SparkDependenciesFile", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "PrepareEnvironment", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "TrackedRun", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "UseSampling", AZML__KEY_BOOLEAN, NULL, NULL, no_sampling },
  { "DataSourceSettings", AZML__KEY_ANY, NULL, NULL, no_sampling },
  { "DataSourceSubstitutions", AZML__KEY_ANY, NULL, NULL, no_sampling },
  { "Description", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "CondaFile", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "ManagedEnvironment", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { 0 }
};

static void
default_arguments (azml__reader *reader)
{
  if (!json_object_get (reader->values, "ArgumentVector"))
    json_object_set_new (reader->values, "ArgumentVector",
                         json_pack ("[s]", "$file"));
}

void
azml__runconfig_finish (azml__reader *reader)
{
  azml__document *d = reader->document;
  const azml__yaml *root = d->root;
  if (!json_object_get (reader->values, "Target")
      && azml__yaml_is_null (azml__yaml_ref (root, "Target")))
    azml__problem_add (d, "warning", azml__reader_offset (reader, "Target"),
                       "add 'Target: local', or use -t",
                       "the run configuration names no target");
  if (!azml__yaml_ref (root, "Framework"))
    azml__problem_add (d, "warning", azml__reader_offset (reader, "Framework"),
                       "add 'Framework: Python' unless the script needs Spark",
                       "no 'Framework': that means PySpark");
  azml__reader_default (reader, "Framework", "PySpark");
  azml__reader_default (
      reader, "CondaDependenciesFile",
      azml__reader_text (reader, "CondaFile", "aml_config/conda_dependencies.yml"));
  azml__reader_default (reader, "SparkDependenciesFile",
                        "aml_config/spark_dependencies.yml");
  default_arguments (reader);
  azml__reader_say_false (
      reader, "PrepareEnvironment",
      "an environment is built when a run needs it for the first time");
  azml__reader_say_false (reader, "ManagedEnvironment",
                          "'userManagedEnvironment: true' in the target's file"
                          " says so");
  azml__reader_say_false (reader, "TrackedRun", "every run is recorded");
  if (!json_object_get (reader->values, "PrepareEnvironment"))
    json_object_set_new (reader->values, "PrepareEnvironment", json_false ());
}

const azml__key azml__project_keys[] = { { "Id", AZML__KEY_TEXT, NULL, NULL, NULL },
                                         { "Scope", AZML__KEY_TEXT, NULL, NULL,
                                           NULL },
                                         { 0 } };

/* The word behind "/NAME/" of the scope.  */
static void
take_part (azml__reader *reader, const char *scope, const char *name,
           const char *key)
{
  const char *at = strstr (scope, name);
  if (!at)
    return;
  at += strlen (name);
  json_object_set_new (reader->values, key, json_stringn (at, strcspn (at, "/")));
}

void
azml__project_finish (azml__reader *reader)
{
  const char *scope = azml__reader_text (reader, "Scope", "");
  take_part (reader, scope, "/accounts/", "account");
  take_part (reader, scope, "/workspaces/", "workspace");
  take_part (reader, scope, "/projects/", "project");
}

const azml__key azml__link_keys[] = {
  { "assetSource", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "name", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "version", AZML__KEY_TEXT, NULL, NULL, NULL },
  { 0 }
};

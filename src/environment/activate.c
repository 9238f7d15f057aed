/* activate.c: what a command run in an environment needs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/builder.h"
#include "environment/environment.h"

static void
set (json_t *variables, const char *name, const char *value)
{
  json_object_set_new (variables, name, azml__json_text (value));
}

/* Set what the activation scripts of conda packages set when it was built.  */
static int
set_hooks (json_t *variables, const azml__environment_plan *plan, azml_error **err)
{
  AZML_AUTO (json_t) complete = NULL;
  int rc = azml__environment_describe (plan, &complete, err);
  if (rc < 0)
    return rc;
  json_t *hooks = json_object_get (complete, "variables");
  return hooks && json_object_update (variables, hooks) < 0
             ? azml__error_no_memory (err)
             : 0;
}

/* What an environment of BUILDER in PREFIX sets.  */
static void
set_builder_variables (json_t *variables, const char *builder, const char *prefix)
{
  if (azml__builder_is_conda (builder))
    {
      set (variables, "CONDA_PREFIX", prefix);
      set (variables, "CONDA_DEFAULT_ENV", prefix);
      /* Unlike a venv, this Python would see ~/.local.  */
      set (variables, "PYTHONNOUSERSITE", "1");
    }
  else
    set (variables, "VIRTUAL_ENV", prefix);
  if (getenv ("PYTHONHOME")) /* empty is as good as unset */
    set (variables, "PYTHONHOME", "");
}

int
azml__environment_activate (const azml__environment_plan *plan, char **ret_bin,
                            char **ret_python, json_t **ret_variables,
                            azml_error **err)
{
  AZML_AUTO (json_t) variables = json_object ();
  AZML_AUTO_FREE char *bin = NULL;
  AZML_AUTO_FREE char *python = NULL;
  if (!variables)
    return azml__error_no_memory (err);
  if (plan->path)
    {
      AZML_AUTO_FREE char *prefix =
          azml__builder_prefix (plan->builder, plan->path);
      bin = prefix ? azml__path_join (prefix, "bin") : NULL;
      python = bin ? azml__path_join (bin, "python") : NULL;
      if (!python)
        return azml__error_no_memory (err);
      set_builder_variables (variables, plan->builder, prefix);
      int rc = azml__builder_is_conda (plan->builder)
                       && azml__environment_is_complete (plan)
                   ? set_hooks (variables, plan, err)
                   : 0;
      if (rc < 0)
        return rc;
      if (azml__builder_is_conda (plan->builder) && access (python, X_OK) < 0)
        free (azml_steal (&python)); /* it was built without one */
    }
  else if (plan->base_python && !(python = strdup (plan->base_python)))
    return azml__error_no_memory (err);
  json_t *own = json_object_get (plan->spec, "variables");
  if (own && json_object_update (variables, own) < 0)
    return azml__error_no_memory (err);
  *ret_bin = azml_steal (&bin);
  *ret_python = azml_steal (&python);
  *ret_variables = azml_steal (&variables);
  return 0;
}

/* plan.c: how a specification is met on this machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   When the environment is there already, a plan costs a look at a few files: no
   program is started (see interpreter.c).  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/builder.h"
#include "environment/environment.h"
#include "environment/interpreter.h"
#include "environment/places.h"
#include "environment/python.h"
#include "environment/spec.h"

void
azml__environment_plan_done (azml__environment_plan *plan)
{
  json_decref (plan->spec);
  json_decref (plan->steps);
  free (plan->builder);
  free (plan->program);
  free (plan->search);
  free (plan->hash);
  free (plan->path);
  free (plan->base_python);
  free (plan->python);
  azml__strings_free (plan->prefix);
  memset (plan, 0, sizeof *plan);
}

static int
copy_text (char **ret, const char *text, azml_error **err)
{
  *ret = text ? strdup (text) : NULL;
  return text && !*ret ? azml__error_no_memory (err) : 0;
}

static int
plan_prefix (azml__environment_plan *plan, const char *search, azml_error **err)
{
  int rc = azml__json_strings (json_object_get (plan->spec, "prefix"),
                               "environment: 'prefix'", &plan->prefix, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *program = azml__places_program (plan->prefix[0], search);
  if (program || strchr (plan->prefix[0], '/'))
    return 0;
  rc = azml__error (err, AZML_E_ENVIRONMENT,
                    "environment: the program '%s' of the prefix is not on this "
                    "machine",
                    plan->prefix[0]);
  azml__error_hint (err,
                    "install it, or add its folder to PATH there (setup lines)");
  return rc;
}

/* Find the Python that SPEC asks for.  BUILT: a virtual environment will be made
   from it, so what an active one was made from is taken.  */
static int
plan_python (azml__environment_plan *plan, const char *root, const char *search,
             int built, azml_error **err)
{
  const json_t *python;
  azml__interpreter_load (root);
  int rc = azml__python_find (azml__json_string (plan->spec, "python"), search,
                              &python, err);
  azml__interpreter_save (root);
  if (rc < 0)
    return rc;
  plan->base_python = azml__json_get_bytes (
      json_object_get (python, built ? "base" : "executable"), NULL);
  if (!plan->base_python)
    return azml__error_no_memory (err);
  return copy_text (&plan->python, azml__json_string (python, "version"), err);
}

static int
plan_build (azml__environment_plan *plan, const char *root, const char *search,
            azml_error **err)
{
  AZML_CLEANUP (azml__builder_done) azml__builder builder = { 0 };
  AZML_AUTO_FREE char *platform = azml__spec_platform ();
  if (!platform)
    return azml__error_no_memory (err);
  int rc = azml__builder_choose (plan->spec, search, &builder, err);
  if (rc == 0)
    rc = copy_text (&plan->builder, builder.name, err);
  if (rc == 0 && !azml__builder_is_conda (builder.name))
    rc = plan_python (plan, root, search, 1, err);
  if (rc == 0)
    rc = azml__spec_hash (plan->spec, builder.name, plan->python, platform,
                          &plan->hash, err);
  if (rc == 0 && !(plan->path = azml__path_join3 (root, "env", plan->hash)))
    rc = azml__error_no_memory (err);
  if (rc == 0)
    rc = azml__builder_steps (&builder, plan->spec, plan->path, plan->base_python,
                              &plan->steps, err);
  if (rc == 0)
    plan->program = azml_steal (&builder.program);
  return rc;
}

int
azml__environment_make_plan (const json_t *spec, const char *root,
                             const char *search, azml__environment_plan *ret,
                             azml_error **err)
{
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan plan = { 0 };
  int rc = azml__spec_normalise (spec, &plan.spec, err);
  if (rc < 0)
    return rc;
  if (json_object_get (plan.spec, "prefix"))
    rc = plan_prefix (&plan, search, err);
  else if (azml__spec_is_built (plan.spec))
    rc = plan_build (&plan, root, search, err);
  else if (json_object_get (plan.spec, "python"))
    rc = plan_python (&plan, root, search, 0, err);
  if (rc == 0)
    rc = copy_text (&plan.search, search, err);
  if (rc < 0)
    return rc;
  *ret = plan;
  memset (&plan, 0, sizeof plan);
  return 0;
}

int
azml__environment_is_complete (const azml__environment_plan *plan)
{
  struct stat st;
  if (!plan->path)
    return 1;
  AZML_AUTO_FREE char *complete = azml__path_join (plan->path, "complete");
  AZML_AUTO_FREE char *prefix = azml__builder_prefix (plan->builder, plan->path);
  AZML_AUTO_FREE char *python =
      prefix ? azml__path_join (prefix, "bin/python") : NULL;
  if (!complete || !python || stat (complete, &st) < 0)
    return 0;
  /* A conda environment may have no Python.  A link to one that was removed from
     the machine makes any environment useless.  */
  return stat (python, &st) == 0 || lstat (python, &st) < 0;
}

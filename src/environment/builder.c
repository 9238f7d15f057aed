/* builder.c: who builds an environment, and by which commands.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A builder is never replaced by another behind the user's back: conda packages
   need one of the conda family, and a spec that names its builder gets that one or
   an error.  */

#include <config.h>

#include "environment/builder.h"

#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/places.h"
#include "environment/spec.h"
#include "environment/version.h"

static const char *const conda_family[] = { "micromamba", "mamba", "conda",
                                            "pixi" };
#define N_CONDA (sizeof conda_family / sizeof *conda_family)

static const char default_channel[] = "conda-forge";

void
azml__builder_done (azml__builder *builder)
{
  free (builder->program);
  memset (builder, 0, sizeof *builder);
}

int
azml__builder_is_conda (const char *name)
{
  for (size_t i = 0; i < N_CONDA; i++)
    if (strcmp (name, conda_family[i]) == 0)
      return 1;
  return 0;
}

static const char *
static_name (const char *name)
{
  for (size_t i = 0; i < N_CONDA; i++)
    if (strcmp (name, conda_family[i]) == 0)
      return conda_family[i];
  return strcmp (name, "uv") == 0 ? "uv" : "venv";
}

/* The first package of SPEC, for messages.  */
static const char *
first_package (const json_t *spec, const char **ret_kind)
{
  const json_t *conda = json_object_get (spec, "conda");
  const json_t *packages = conda ? conda : json_object_get (spec, "pip");
  *ret_kind = conda ? "conda" : "pip";
  return json_string_value (json_array_get (packages, 0));
}

static const char *
how_to_install (const char *name)
{
  if (strcmp (name, "uv") == 0)
    return "install uv (https://docs.astral.sh/uv, or pipx install uv)";
  if (strcmp (name, "pixi") == 0)
    return "install pixi (https://pixi.sh)";
  if (strcmp (name, "micromamba") == 0)
    return "install micromamba (https://mamba.readthedocs.io; no root needed)";
  return "install miniforge, which has conda and mamba "
         "(https://github.com/conda-forge/miniforge; no root needed)";
}

static int
forced (const json_t *spec, const char *name, const char *search,
        azml__builder *ret, azml_error **err)
{
  const char *kind;
  const char *package = first_package (spec, &kind);
  if (strcmp (name, "venv") != 0
      && !(ret->program = azml__places_program (name, search)))
    {
      int rc =
          azml__error (err, AZML_E_ENVIRONMENT,
                       "environment: the builder '%s', which is to install the %s "
                       "package '%s', is not on this machine",
                       name, kind, package);
      azml__error_hint (err, "%s, or name another builder", how_to_install (name));
      return rc;
    }
  ret->name = static_name (name);
  return 0;
}

int
azml__builder_choose (const json_t *spec, const char *search, azml__builder *ret,
                      azml_error **err)
{
  const char *kind;
  const char *name = azml__json_string (spec, "builder");
  if (name)
    return forced (spec, name, search, ret, err);
  if (!json_object_get (spec, "conda"))
    {
      ret->program = azml__places_program ("uv", search);
      ret->name = ret->program ? "uv" : "venv";
      return 0;
    }
  for (size_t i = 0; i < N_CONDA; i++)
    if ((ret->program = azml__places_program (conda_family[i], search)))
      {
        ret->name = conda_family[i];
        return 0;
      }
  int rc =
      azml__error (err, AZML_E_ENVIRONMENT,
                   "environment: the conda package '%s' needs micromamba, mamba, "
                   "conda or pixi, and none of them is on this machine",
                   first_package (spec, &kind));
  azml__error_hint (err, "%s, or name the package in pip instead",
                    how_to_install ("micromamba"));
  return rc;
}

char *
azml__builder_prefix (const char *name, const char *path)
{
  return strcmp (name, "pixi") == 0 ? azml__path_join (path, ".pixi/envs/default")
                                    : strdup (path);
}

/* A command under construction; one failed addition is remembered by ARGV == NULL.
 */
static void
word (json_t **argv, const char *text)
{
  if (*argv && json_array_append_new (*argv, azml__json_text (text)) < 0)
    {
      json_decref (*argv);
      *argv = NULL;
    }
}

static void
words (json_t **argv, const json_t *texts)
{
  size_t i;
  json_t *item;
  json_array_foreach ((json_t *)texts, i, item)
      word (argv, json_string_value (item));
}

static json_t *
command (const char *const *texts)
{
  json_t *argv = json_array ();
  for (; *texts; texts++)
    word (&argv, *texts);
  return argv;
}
#define COMMAND(...) command ((const char *const[]){ __VA_ARGS__, NULL })

/* The command that installs the pip packages of SPEC by the pip of PREFIX.  */
static json_t *
pip_command (const json_t *spec, const char *prefix)
{
  AZML_AUTO_FREE char *python = azml__path_join (prefix, "bin/python");
  json_t *argv = python
                     ? COMMAND (python, "-m", "pip", "--disable-pip-version-check",
                                "--no-input", "install")
                     : NULL;
  words (&argv, json_object_get (spec, "pip_options"));
  words (&argv, json_object_get (spec, "pip"));
  return argv;
}

static json_t *
uv_command (const json_t *spec, const char *uv, const char *path)
{
  AZML_AUTO_FREE char *python = azml__path_join (path, "bin/python");
  json_t *argv = python ? COMMAND (uv, "pip", "install", "--python", python) : NULL;
  words (&argv, json_object_get (spec, "pip_options"));
  words (&argv, json_object_get (spec, "pip"));
  return argv;
}

/* Add what SPEC wants of conda: its packages, Python in the version named, and pip
   where pip packages are to follow.  */
static void
conda_packages (json_t **argv, const json_t *spec)
{
  const char *python = azml__json_string (spec, "python");
  const json_t *conda = json_object_get (spec, "conda");
  int has_pip = json_object_get (spec, "pip") != NULL;
  if (python)
    {
      AZML_AUTO_FREE char *text = azml__path_format (
          "python%s%s", azml__version_is_plain (python) ? "=" : "", python);
      word (argv, text);
    }
  else if (has_pip && !azml__spec_has (conda, "python"))
    word (argv, "python");
  if (has_pip && !azml__spec_has (conda, "pip"))
    word (argv, "pip");
  words (argv, conda);
}

/* Add the channels of SPEC.  conda and mamba have defaults of their own, which the
   user may have configured; the others have none.  */
static void
channels (json_t **argv, const json_t *spec, const char *builder)
{
  const json_t *list = json_object_get (spec, "channels");
  size_t i;
  json_t *item;
  int is_pixi = strcmp (builder, "pixi") == 0;
  if (list && !is_pixi)
    word (argv, "--override-channels");
  if (!list && (is_pixi || strcmp (builder, "micromamba") == 0))
    {
      word (argv, "-c");
      word (argv, default_channel);
    }
  json_array_foreach ((json_t *)list, i, item)
  {
    word (argv, "-c");
    word (argv, json_string_value (item));
  }
}

/* Append the command ARGV (taken) to STEPS; -1 when out of memory.  */
static int
step (json_t *steps, json_t *argv)
{
  return argv ? json_array_append_new (steps, argv) : -1;
}

static int
conda_steps (json_t *steps, const azml__builder *builder, const json_t *spec,
             const char *path)
{
  AZML_AUTO_FREE char *prefix = azml__builder_prefix (builder->name, path);
  json_t *argv;
  if (!prefix)
    return -1;
  if (strcmp (builder->name, "pixi") == 0)
    {
      AZML_AUTO_FREE char *manifest = azml__path_join (path, "pixi.toml");
      argv = COMMAND (builder->program, "init");
      channels (&argv, spec, builder->name);
      word (&argv, path);
      if (!manifest || step (steps, argv) < 0)
        return -1;
      argv = COMMAND (builder->program, "add", "--manifest-path", manifest);
    }
  else
    {
      argv = COMMAND (builder->program, "create", "-y", "-p", path);
      channels (&argv, spec, builder->name);
    }
  conda_packages (&argv, spec);
  if (step (steps, argv) < 0)
    return -1;
  return json_object_get (spec, "pip") ? step (steps, pip_command (spec, prefix))
                                       : 0;
}

int
azml__builder_steps (const azml__builder *builder, const json_t *spec,
                     const char *path, const char *base, json_t **ret,
                     azml_error **err)
{
  AZML_AUTO (json_t) steps = json_array ();
  int rc = steps ? 0 : -1;
  if (rc == 0 && azml__builder_is_conda (builder->name))
    rc = conda_steps (steps, builder, spec, path);
  else if (rc == 0 && builder->program)
    {
      rc = step (steps, COMMAND (builder->program, "venv", "--no-project",
                                 "--python", base, path));
      if (rc == 0)
        rc = step (steps, uv_command (spec, builder->program, path));
    }
  else if (rc == 0)
    {
      rc = step (steps, COMMAND (base, "-m", "venv", path));
      if (rc == 0)
        rc = step (steps, pip_command (spec, path));
    }
  if (rc < 0)
    return azml__error_no_memory (err);
  *ret = azml_steal (&steps);
  return 0;
}

/* builder.h: who builds an environment, and by which commands.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_BUILDER_H
#define AZML_ENVIRONMENT_BUILDER_H

#include <jansson.h>

#include "core/error.h"

typedef struct azml__builder
{
  const char *name; /* static */
  char *program;    /* its path; NULL: the base python is all it needs */
} azml__builder;

void azml__builder_done (azml__builder *builder);

/* Choose who builds the normalised SPEC.  AZML_E_ENVIRONMENT names the first
   package that nobody here can install, and what to install.  */
int azml__builder_choose (const json_t *spec, const char *search,
                          azml__builder *ret, azml_error **err);

/* 1 if the builder NAME installs conda packages, Python among them.  */
int azml__builder_is_conda (const char *name);

/* Store in *RET the commands (new) that build SPEC at PATH.  BASE: the interpreter
   that a venv is made from.  */
int azml__builder_steps (const azml__builder *builder, const json_t *spec,
                         const char *path, const char *base, json_t **ret,
                         azml_error **err);

/* The folder of the environment at PATH (new) that has bin/ in it.  */
char *azml__builder_prefix (const char *name, const char *path);

/* What the builder needs to be given (new, NULL-terminated): this process's
   variables without those that would leak into the environment.  */
char **azml__builder_variables (const char *name, const char *search);

/* The exact versions in the environment at PATH (new array of texts):
   "name==version" of pip, "name=version=build" of conda.  PROGRAM is the builder's.
 */
int azml__builder_packages (const char *name, const char *program, const char *path,
                            char *const *variables, json_t **ret, azml_error **err);

#endif

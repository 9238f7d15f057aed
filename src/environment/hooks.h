/* hooks.h: the variables that conda packages want set.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_HOOKS_H
#define AZML_ENVIRONMENT_HOOKS_H

#include <azml/cancel.h>
#include <jansson.h>

#include "core/error.h"

/* Run the scripts in PREFIX/etc/conda/activate.d once, with VARIABLES, and store the
   variables that they set or changed in *RET (new object, empty if there are none).
   PATH is not among them: bin/ of the environment comes first anyway.  */
int azml__hooks_run (const char *prefix, char *const *variables,
                     azml_cancel *cancel, json_t **ret, azml_error **err);

#endif

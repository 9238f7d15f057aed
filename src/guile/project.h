/* project.h: the handle of a project, for the nouns that need one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GUILE_PROJECT_H
#define AZML_GUILE_PROJECT_H

#include "guile/binding.h"
#include "run/project.h"

/* Holds an azml__project.  */
extern const azml__guile_type azml__guile_project_type;

#endif

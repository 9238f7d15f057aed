/* show.h: commands and specifications for people, without secrets.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_SHOW_H
#define AZML_ENVIRONMENT_SHOW_H

#include <jansson.h>

/* "$ ARGV...\n" without secrets (new).  */
char *azml__show_command (char *const *argv);

/* What tells a person which command ARGV is: "python -m pip install" (new).  */
char *azml__show_short (char *const *argv);

/* A copy of SPEC (new) that may be stored: addresses as above, and no variables; these
   are given to runs, not to the build.  */
json_t *azml__show_spec (const json_t *spec);

#endif

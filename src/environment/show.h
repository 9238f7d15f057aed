/* show.h: commands and specifications for people, without secrets.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_SHOW_H
#define AZML_ENVIRONMENT_SHOW_H

#include <jansson.h>

/* WORD with "***" for the name and password of an address in it (new).  */
char *azml__show_word (const char *word);

/* "$ ARGV...\n" (new).  */
char *azml__show_command (char *const *argv);

/* What tells a person which command ARGV is: "python -m pip install" (new).  */
char *azml__show_short (char *const *argv);

/* A copy of SPEC (new) that may be stored: addresses as above, and no variables; these
   are given to runs, not to the build.  */
json_t *azml__show_spec (const json_t *spec);

#endif

/* compose.h: the words and the variables that make up a run's command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_COMPOSE_H
#define AZML_RUNNER_COMPOSE_H

#include "runner/record.h"

/* Fill runner->command: ACTIVE is what the environment gives, see prepare.c.  */
typedef struct azml__active
{
  char *bin;         /* folder for the front of PATH, or NULL */
  char *python;      /* interpreter, or NULL */
  char **prefix;     /* command prefix, borrowed, or NULL */
  json_t *variables; /* or NULL */
} azml__active;

int azml__compose_command (azml__runner *runner, const azml__active *active,
                           azml_error **err);

#endif

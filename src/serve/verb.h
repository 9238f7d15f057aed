/* verb.h: the words that azml-runner understands.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SERVE_VERB_H
#define AZML_SERVE_VERB_H

#include "run/layout.h"

#define AZML__EXIT_USAGE 2

/* What stands behind the verb.  */
typedef struct azml__verb_line
{
  const char *verb;
  char *root, *runs, *objects; /* --root, --runs, --objects, or NULL; borrowed */
  char *signal, *grace, *step; /* --signal, --grace, --step, or NULL; borrowed */
  int json;                    /* --json */
  int dry_run;                 /* --dry-run */
  char **words;                /* the rest, NULL-terminated; borrowed */
  int count;
} azml__verb_line;

/* Print "azml-runner: MESSAGE" and the hint of ERR; return STATUS.  */
int azml__verb_fail (const azml_error *err, int status);

/* Say what is wrong with the command line; return AZML__EXIT_USAGE.  */
int azml__verb_usage (const char *verb, const char *message);

int azml__verb_place (const azml__verb_line *line, const azml__layout *layout);
int azml__verb_log (const azml__verb_line *line);
int azml__verb_gpus (const azml__verb_line *line, const azml__layout *layout);
int azml__verb_gc (const azml__verb_line *line, const azml__layout *layout);
int azml__verb_list (const azml__verb_line *line, const azml__layout *layout);

#endif

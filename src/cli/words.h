/* words.h: the commands, their subcommands and options, for completion.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CLI_WORDS_H
#define AZML_CLI_WORDS_H

/* What can stand at a place of a command line.  */
typedef enum azml__words_kind
{
  AZML__WORDS_NONE,
  AZML__WORDS_COMMANDS,
  AZML__WORDS_FILES,
  AZML__WORDS_RECIPE, /* a recipe, then experiments and parameters of it */
  AZML__WORDS_RUNS,
  AZML__WORDS_TARGETS,
  AZML__WORDS_SHELLS
} azml__words_kind;

typedef struct azml__words_option
{
  const char *name;
  azml__words_kind value; /* what its value is; NONE with TAKES_VALUE: anything */
  int takes_value;
} azml__words_option;

typedef struct azml__words
{
  const char *command;
  const char *subcommand; /* NULL: the command has none */
  azml__words_kind arguments;
  const azml__words_option *options; /* ends with a NULL name */
} azml__words;

/* All of them; ends with a NULL command.  */
extern const azml__words azml__words_table[];

#endif

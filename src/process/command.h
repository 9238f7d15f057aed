/* command.h: the command of a run: its words, its variables, its start.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROCESS_COMMAND_H
#define AZML_PROCESS_COMMAND_H

#include <sys/types.h>

#include "core/error.h"

/* Strings, NULL-terminated, owned.  */
typedef struct azml__words
{
  char **words;
  size_t count;
  size_t size;
  int failed;
} azml__words;

#define AZML__WORDS_INIT                                                           \
  {                                                                                \
    NULL, 0, 0, 0                                                                  \
  }
void azml__words_done (azml__words *words);

/* Append a copy of WORD; of all WORDS (NULL: none).  */
void azml__words_add (azml__words *words, const char *word);
void azml__words_add_all (azml__words *words, char *const *all);

/* Append the one word that FORMAT makes, whatever blanks are in it.  */
void azml__words_format (azml__words *words, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Environment variables in WORDS as NAME=VALUE: copy this process's, look up (NULL:
   unset), set, put "VALUE:" before a list or ":VALUE" behind it.  */
void azml__variables_inherit (azml__words *words);
const char *azml__variables_get (const azml__words *words, const char *name);
void azml__variables_set (azml__words *words, const char *name, const char *value);
void azml__variables_unset (azml__words *words, const char *name);
void
azml__variables_prepend (azml__words *words, const char *name, const char *value);
void
azml__variables_append (azml__words *words, const char *name, const char *value);

typedef struct azml__command
{
  azml__words argv;
  azml__words variables;
  char *folder; /* working folder; owned */
  int output;   /* becomes standard output and error */
  mode_t user_umask;
  int input;  /* becomes standard input, or -1: /dev/null */
  int errors; /* becomes standard error, or -1: OUTPUT does */
} azml__command;

#define AZML__COMMAND_INIT                                                         \
  {                                                                                \
    AZML__WORDS_INIT, AZML__WORDS_INIT, NULL, -1, 022, -1, -1                      \
  }
void azml__command_done (azml__command *command);

/* Start COMMAND in a session of its own; it dies with this
   process.  AZML_E_NOT_FOUND and AZML_E_DENIED: there is no such command, it cannot
   be executed.  */
int azml__command_start (const azml__command *command, pid_t *ret_pid,
                         azml_error **err);

#endif

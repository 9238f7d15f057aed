/* command.h: the command of a run: its words, its variables, its start.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROCESS_COMMAND_H
#define AZML_PROCESS_COMMAND_H

#include <sys/types.h>

#include "core/error.h"
#include "process/words.h"

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

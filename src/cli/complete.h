/* complete.h: completion of a command line, answered without Guile.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CLI_COMPLETE_H
#define AZML_CLI_COMPLETE_H

/* Print what can stand for the last of WORDS (the words after the program's name;
   the last is the one being typed, maybe empty), one candidate a line.  A line
   ":files" asks the shell to add file names.  Nothing is evaluated, nothing is
   written, nothing is an error: a recipe or a project that cannot be read gives no
   candidates.  Return the exit status.  */
int azml__complete (int n, char *const *words);

#endif

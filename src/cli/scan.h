/* scan.h: the experiments that a recipe names, without evaluating it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For completion: a recipe is a program, and pressing TAB must not run it.  */

#ifndef AZML_CLI_SCAN_H
#define AZML_CLI_SCAN_H

#include <stddef.h>

/* What the scan found: NAME of LENGTH bytes, as written between the quotes.  */
typedef void azml__scan_found (const char *name, size_t length, void *data);

/* Call FOUND for each `(HEAD ... (name "NAME") ...)` in the N bytes of TEXT whose
   name is a literal string without escapes; HEAD is "experiment" or
   "compute-target".  Comments, strings and characters are skipped as Guile's reader
   does; text that is not a whole program is fine.  */
void azml__scan_names (const char *text, size_t n, const char *head,
                       azml__scan_found *found, void *data);

/* The same for each `(parameters '((KEY . ...) ...))`: the keys.  */
void azml__scan_parameters (const char *text, size_t n, azml__scan_found *found,
                            void *data);

#endif

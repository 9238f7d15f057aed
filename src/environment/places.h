/* places.h: where programs are looked for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A shell that nobody logged in to (what sshd starts, a batch job) often has a PATH
   without the folders that conda, uv and pyenv were installed to.  So these are
   looked at too, after PATH; but when the caller says where to look, nowhere else.
 */

#ifndef AZML_ENVIRONMENT_PLACES_H
#define AZML_ENVIRONMENT_PLACES_H

#include "core/json.h"

/* The folders of SEARCH; if it is NULL, those of PATH and the usual places (new).
   NULL when out of memory.  */
char **azml__places_folders (const char *search);

/* Folders of Pythons that version managers keep, each with a python3 in it (new);
   none if SEARCH is not NULL.  NULL when out of memory.  */
char **azml__places_pythons (const char *search);

/* The program NAME in these folders (new), or NULL.  */
char *azml__places_program (const char *name, const char *search);

#endif

/* code.h: the codes and domains of errors.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_CODE_H
#define AZML_CORE_CODE_H

#include <azml/error.h>

/* The code that ERRNUM stands for.  */
int azml__code_of_errno (int errnum);

/* The code NAME (or NULL), AZML_E_FAILED if there is none; the domain NAME, that of the
   runner if there is none.  */
int azml__code_of_name (const char *name);
azml_domain azml__domain_of_name (const char *name);

#endif

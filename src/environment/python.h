/* python.h: the Pythons of this machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_PYTHON_H
#define AZML_ENVIRONMENT_PYTHON_H

#include <jansson.h>

#include "core/error.h"

/* Find the Python that REQUIREMENT (NULL: any) asks for with what SEARCH (NULL: the
   process's PATH and the usual places) offers: the one that "python3" starts if it
   is right, else the newest that is.  Store what is known of it in *RET (borrowed).
   AZML_E_ENVIRONMENT says what there is.  */
int azml__python_find (const char *requirement, const char *search,
                       const json_t **ret, azml_error **err);

/* All of them, the default first: [{"version","path"}] (new).  */
int azml__python_list (const char *search, json_t **ret, azml_error **err);

#endif

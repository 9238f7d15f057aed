/* nearest.h: "did you mean".
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_NEAREST_H
#define AZML_CORE_NEAREST_H

#include <stddef.h>

/* The one of the N NAMES that WORD was most likely meant to be, or NULL if it is like
   none.  */
const char *azml__nearest (const char *word, const char *const *names, size_t n);

#endif

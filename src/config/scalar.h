/* scalar.h: scalars of YAML 1.1, read and written.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_SCALAR_H
#define AZML_CONFIG_SCALAR_H

#include "config/document.h"

/* Append the text, number, boolean or null VALUE; a text in STYLE, if that can hold it.
   FLOW: inside of [ ] or { }.  */
void azml__scalar_write (azml__buffer *out, const json_t *value,
                         azml__yaml_style style, int flow);

/* What the plain TEXT of N bytes stands for: a number, boolean, null or text (new); NULL
   when out of memory.  */
json_t *azml__scalar_resolve (const char *text, size_t n);

#endif

/* encoding.h: is it UTF-8?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_ENCODING_H
#define AZML_CONFIG_ENCODING_H

#include "config/document.h"

/* Add a problem to DOCUMENT if its text is not UTF-8, or has a character that no YAML
   text has.  Return 1 if it can be parsed, else 0.  */
int azml__encoding_check (azml__document *document);

/* The length of the UTF-8 character at P, at most N bytes; 0: it is none.  */
size_t azml__encoding_length (const char *p, size_t n);

#endif

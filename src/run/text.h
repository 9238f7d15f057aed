/* text.h: names that are not UTF-8, and JSON, as text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUN_TEXT_H
#define AZML_RUN_TEXT_H

#include <jansson.h>

#include "core/error.h"

/* BYTES as UTF-8 (new): %XX for each byte that is no part of a character.  NULL
   when out of memory.  */
char *azml__text_of_bytes (const char *bytes, size_t n);

/* The same for a string or {"bytes": ...}; NULL also if JSON is neither.  */
char *azml__text_of_json (const json_t *json);

/* Store JSON as one line without a newline (new) in *RET.  */
int azml__text_json (const json_t *json, char **ret, azml_error **err);

#endif

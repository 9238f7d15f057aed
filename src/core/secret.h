/* secret.h: what of a text may not be shown.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_SECRET_H
#define AZML_CORE_SECRET_H

#include <stddef.h>

#include "core/buffer.h"

/* Whether the N bytes of TEXT, a name or a line, speak of a password, a token, a key.  */
int azml__secret_is_name (const char *text, size_t n);

/* A way through TEXT, N bytes; begin with { .text = TEXT, .n = N }.  */
typedef struct azml__secrets
{
  const char *text;
  size_t n;
  size_t at;
  int in_address;
} azml__secrets;

/* Store where the next part of the text is that is secret, and its length, and return 1;
   0 if there is none: the name and password of an address, values as that of `?sig=' in
   one, and conda's tokens, /t/TOKEN.  */
int
azml__secrets_next (azml__secrets *secrets, size_t *ret_start, size_t *ret_length);

/* Add TEXT, N bytes, to SHOWN with "***" in place of those parts.  */
void azml__secret_add (azml__buffer *shown, const char *text, size_t n);

/* TEXT (new) with "***" in place of those parts; NULL when out of memory.  */
char *azml__secret_hide (const char *text);

#endif

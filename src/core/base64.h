/* base64.h: bytes in JSON (RFC 4648, section 4).
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_BASE64_H
#define AZML_CORE_BASE64_H

#include <stddef.h>

#include "core/buffer.h"

/* Append the base64 text of DATA to BUFFER.  */
void azml__base64_encode (azml__buffer *buffer, const void *data, size_t n);

/* Append the bytes that TEXT stands for to BUFFER.  Return 0, or -1 if TEXT is not
   base64.  */
int azml__base64_decode (azml__buffer *buffer, const char *text);

#endif

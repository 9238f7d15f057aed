/* sha256.h: SHA-256 (FIPS 180-4).
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_DIGEST_SHA256_H
#define AZML_DIGEST_SHA256_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

typedef struct azml__digest
{
  uint8_t bytes[32];
} azml__digest;

#define AZML__DIGEST_HEX_SIZE 65

typedef struct azml__sha256
{
  struct sha256_ctx context;
} azml__sha256;

void azml__sha256_init (azml__sha256 *hash);
void azml__sha256_add (azml__sha256 *hash, const void *data, size_t n);
void azml__sha256_end (azml__sha256 *hash, azml__digest *ret);

/* Digest N bytes of DATA.  */
void azml__sha256_bytes (const void *data, size_t n, azml__digest *ret);

/* Digest what the open file FD holds from its start; store its size in *RET_SIZE.
 */
int
azml__sha256_file (int fd, azml__digest *ret, uint64_t *ret_size, azml_error **err);

/* Write 64 hex digits and a NUL to TEXT; return TEXT.  */
char *
azml__digest_hex (const azml__digest *digest, char text[AZML__DIGEST_HEX_SIZE]);

/* Read 64 hex digits.  Return 0, or -1 if TEXT is not that.  */
int azml__digest_parse (const char *text, azml__digest *ret);

#endif

/* sha256.c: SHA-256 (FIPS 180-4), by nettle.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "digest/sha256.h"

#include "core/file.h"

void
azml__sha256_init (azml__sha256 *hash)
{
  sha256_init (&hash->context);
}

void
azml__sha256_add (azml__sha256 *hash, const void *data, size_t n)
{
  sha256_update (&hash->context, n, data);
}

void
azml__sha256_end (azml__sha256 *hash, azml__digest *ret)
{
  sha256_digest (&hash->context, sizeof ret->bytes, ret->bytes);
}

void
azml__sha256_bytes (const void *data, size_t n, azml__digest *ret)
{
  azml__sha256 hash;
  azml__sha256_init (&hash);
  azml__sha256_add (&hash, data, n);
  azml__sha256_end (&hash, ret);
}

int
azml__sha256_file (int fd, azml__digest *ret, uint64_t *ret_size, azml_error **err)
{
  enum
  {
    chunk = 256 << 10
  };
  AZML_AUTO_FREE char *data = malloc (chunk);
  azml__sha256 hash;
  size_t n = chunk;
  uint64_t size = 0;
  if (!data)
    return azml__error_no_memory (err);
  azml__sha256_init (&hash);
  while (n == chunk)
    {
      int rc = azml__file_pread (fd, data, chunk, (off_t)size, &n, err);
      if (rc < 0)
        return rc;
      azml__sha256_add (&hash, data, n);
      size += n;
    }
  azml__sha256_end (&hash, ret);
  *ret_size = size;
  return 0;
}

char *
azml__digest_hex (const azml__digest *digest, char text[AZML__DIGEST_HEX_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < 32; i++)
    {
      text[2 * i] = digits[digest->bytes[i] >> 4];
      text[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
  text[64] = '\0';
  return text;
}

static int
nibble (char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
azml__digest_parse (const char *text, azml__digest *ret)
{
  azml__digest digest;
  for (int i = 0; i < 32; i++)
    {
      int high = nibble (text[2 * i]);
      int low = high < 0 ? -1 : nibble (text[2 * i + 1]);
      if (low < 0)
        return -1;
      digest.bytes[i] = (uint8_t)(high << 4 | low);
    }
  if (text[64])
    return -1;
  *ret = digest;
  return 0;
}

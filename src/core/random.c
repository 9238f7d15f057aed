/* random.c: ids.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/random.h"

#include <errno.h>
#include <sys/random.h>

int
azml__random_id (char id[AZML__RANDOM_ID_SIZE], azml_error **err)
{
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  unsigned char bytes[64];
  int n = 0;
  while (n < AZML__RANDOM_ID_LENGTH)
    {
      ssize_t got = getrandom (bytes, sizeof bytes, 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return azml__error_os (err, errno, "get random bytes");
      /* 252 is the largest multiple of 36 in a byte: no character is likelier.  */
      for (ssize_t i = 0; i < got && n < AZML__RANDOM_ID_LENGTH; i++)
        if (bytes[i] < 252)
          id[n++] = alphabet[bytes[i] % 36];
    }
  id[n] = '\0';
  return 0;
}

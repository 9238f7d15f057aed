/* mount.c: a mount, as the words of an engine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/mount.h"

#include "core/buffer.h"

/* KEY=VALUE as a field of a line of CSV, which is what --mount reads.  */
static void
add_field (azml__buffer *text, const char *key, const char *value)
{
  azml__buffer_add_format (text, ",\"%s=", key);
  for (; *value; value++)
    {
      if (*value == '"')
        azml__buffer_add_char (text, '"');
      azml__buffer_add_char (text, *value);
    }
  azml__buffer_add_char (text, '"');
}

void
azml__mount_add (azml__words *words, const char *from, const char *to,
                 int read_only)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_text (&text, "type=bind");
  add_field (&text, "src", from);
  add_field (&text, "dst", to);
  if (read_only)
    azml__buffer_add_text (&text, ",readonly");
  azml__words_add (words, "--mount");
  if (azml__buffer_ok (&text))
    azml__words_add (words, text.data);
  else
    words->failed = 1;
}

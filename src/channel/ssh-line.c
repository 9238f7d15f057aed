/* ssh-line.c: a line for whatever shell a user logs in with.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   An SSH server gives what is to be executed to the login shell.  All shells take
   what stands between single quotes as it is, but for three characters: fish reads
   backslashes there, tcsh exclamation marks, and neither tcsh nor csh lets a line
   end there.  The first two are put outside the quotes, a line's end is made by
   printf.  */

#include <config.h>

#include "channel/ssh-line.h"

#include <string.h>

#include "core/buffer.h"

static void
add_quoted (azml__buffer *out, const char *text)
{
  azml__buffer_add_char (out, '\'');
  for (; *text; text++)
    if (*text == '\'')
      azml__buffer_add_text (out, "'\"'\"'");
    else if (*text == '\\')
      azml__buffer_add_text (out, "'\\\\'");
    else if (*text == '!')
      azml__buffer_add_text (out, "'\\!'");
    else
      azml__buffer_add_char (out, *text);
  azml__buffer_add_char (out, '\'');
}

int
azml__ssh_line (const char *line, char **ret, azml_error **err)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER escaped = AZML__BUFFER_INIT;
  azml__buffer_add_text (&out, "exec /bin/sh -c ");
  if (!strchr (line, '\n'))
    add_quoted (&out, line);
  else
    {
      for (const char *p = line; *p; p++)
        if (*p == '\n' || *p == '\\')
          azml__buffer_add_text (&escaped, *p == '\n' ? "\\n" : "\\\\");
        else
          azml__buffer_add_char (&escaped, *p);
      azml__buffer_add_text (&out, "'exec /bin/sh -c \"$(printf %b \"$0\")\"' ");
      if (azml__buffer_ok (&escaped))
        add_quoted (&out, escaped.data);
    }
  char *text = azml__buffer_steal (&out);
  if (!text || !azml__buffer_ok (&escaped))
    {
      free (text);
      return azml__error_no_memory (err);
    }
  *ret = text;
  return 0;
}

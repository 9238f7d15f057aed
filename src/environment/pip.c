/* pip.c: what the user has configured for pip.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/pip.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "core/file.h"
#include "core/path.h"

#define FILE_LIMIT ((size_t)1 << 20)

/* The words of TEXT, N bytes, appended to VALUE with one blank between them.  */
static void
add_words (azml__buffer *value, const char *text, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isspace ((unsigned char)text[i]))
      azml__buffer_add_char (value, text[i]);
    else if (value->length && value->data[value->length - 1] != ' ')
      azml__buffer_add_char (value, ' ');
  if (value->length && value->data[value->length - 1] != ' ')
    azml__buffer_add_char (value, ' ');
}

/* 1 if the first N bytes of NAME are KEY; pip takes '_' for '-'.  */
static int
is_key (const char *name, size_t n, const char *key)
{
  while (n && isspace ((unsigned char)name[n - 1]))
    n--;
  if (n != strlen (key))
    return 0;
  for (size_t i = 0; i < n; i++)
    if ((name[i] == '_' ? '-' : tolower ((unsigned char)name[i])) != key[i])
      return 0;
  return 1;
}

/* Look for KEY in the section SECTION of the configuration TEXT; put what it says,
   continuation lines included, into VALUE.  */
static void
read_section (const char *text, const char *section, const char *key,
              azml__buffer *value)
{
  int inside = 0, reading = 0;
  for (const char *line = text; *line;)
    {
      size_t n = strcspn (line, "\n");
      const char *equals = memchr (line, '=', n);
      if (*line == '[')
        {
          inside = n > strlen (section) + 1
                   && strncmp (line + 1, section, strlen (section)) == 0
                   && line[1 + strlen (section)] == ']';
          reading = 0;
        }
      else if (*line == '#' || *line == ';')
        ;
      else if (n && isspace ((unsigned char)*line))
        {
          if (reading)
            add_words (value, line, n);
        }
      else if (inside && equals)
        {
          reading = is_key (line, (size_t)(equals - line), key);
          if (reading)
            {
              azml__buffer_truncate (value, 0);
              add_words (value, equals + 1, n - (size_t)(equals + 1 - line));
            }
        }
      line += n + (line[n] == '\n');
    }
}

static void
read_configuration (const char *path, const char *key, azml__buffer *value)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (!path || azml__file_read (AT_FDCWD, path, FILE_LIMIT, &text, NULL) < 0
      || !text.data)
    return;
  read_section (text.data, "global", key, value);
  read_section (text.data, "install", key, value);
}

/* $PIP_KEY, or NULL.  */
static const char *
from_variable (const char *key)
{
  char name[64] = "PIP_";
  for (size_t i = 0; key[i] && i + 5 < sizeof name; i++)
    name[4 + i] = key[i] == '-' ? '_' : (char)toupper ((unsigned char)key[i]);
  return getenv (name);
}

char *
azml__pip_setting (const char *key)
{
  AZML_AUTO_BUFFER value = AZML__BUFFER_INIT;
  const char *variable = from_variable (key);
  const char *home = getenv ("HOME");
  const char *configuration = getenv ("XDG_CONFIG_HOME");
  if (variable)
    add_words (&value, variable, strlen (variable));
  else
    {
      AZML_AUTO_FREE char *old =
          azml__path_join (home ? home : "/", ".pip/pip.conf");
      AZML_AUTO_FREE char *user =
          configuration && *configuration
              ? azml__path_join (configuration, "pip/pip.conf")
              : azml__path_join (home ? home : "/", ".config/pip/pip.conf");
      read_configuration ("/etc/pip.conf", key, &value);
      read_configuration (old, key, &value);
      read_configuration (user, key, &value);
      read_configuration (getenv ("PIP_CONFIG_FILE"), key, &value);
    }
  if (!value.length || !azml__buffer_ok (&value))
    return NULL;
  azml__buffer_truncate (&value, value.length - 1);
  return value.length ? azml__buffer_steal (&value) : NULL;
}

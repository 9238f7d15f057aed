/* show.c: commands and specifications for people, without secrets.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/show.h"

#include <string.h>

#include "core/buffer.h"
#include "core/json.h"
#include "core/path.h"
#include "core/secret.h"

char *
azml__show_command (char *const *argv)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_char (&text, '$');
  for (; *argv; argv++)
    {
      AZML_AUTO_FREE char *word = azml__secret_hide (*argv);
      azml__buffer_add_format (&text, " %s", word ? word : "?");
    }
  azml__buffer_add_char (&text, '\n');
  return azml__buffer_steal (&text);
}

char *
azml__show_short (char *const *argv)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_text (&text, azml__path_base (argv[0]));
  for (int i = 1; i < 8 && argv[i]; i++)
    {
      if (strncmp (argv[i], "--", 2) == 0)
        continue;
      if (strchr (argv[i], '/')
          || (argv[i][0] == '-' && strcmp (argv[i], "-m") != 0))
        break;
      azml__buffer_add_format (&text, " %s", argv[i]);
      if (strcmp (argv[i], "install") == 0 || strcmp (argv[i], "venv") == 0
          || strcmp (argv[i], "add") == 0)
        break;
    }
  return azml__buffer_steal (&text);
}

json_t *
azml__show_spec (const json_t *spec)
{
  AZML_AUTO (json_t) copy = json_deep_copy (spec);
  const char *field;
  json_t *value;
  if (!copy)
    return NULL;
  json_object_del (copy, "variables");
  json_object_foreach (copy, field, value)
  {
    for (size_t i = 0; i < json_array_size (value); i++)
      {
        const char *text = json_string_value (json_array_get (value, i));
        AZML_AUTO_FREE char *word = text ? azml__secret_hide (text) : NULL;
        if (word && json_array_set_new (value, i, json_string (word)) < 0)
          return NULL;
      }
  }
  return azml_steal (&copy);
}

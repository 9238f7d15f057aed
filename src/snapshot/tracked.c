/* tracked.c: the files that git tracks.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/tracked.h"

#include <string.h>

#include "core/buffer.h"
#include "core/spawn.h"

#define NAMES_LIMIT ((size_t)1 << 30)

void
azml__tracked_done (azml__tracked *tracked)
{
  free (tracked->text);
  free (tracked->names);
  *tracked = (azml__tracked)AZML__TRACKED_INIT;
}

static int
ask_git (const char *source, azml_cancel *cancel, azml__buffer *text,
         azml_error **err)
{
  char *argv[] = { "git", "ls-files", "-z", NULL };
  int code;
  int rc = azml__spawn_read (argv, source, NAMES_LIMIT, cancel, text, &code, err);
  return rc == 0 && code != 0 ? azml__error (err, AZML_E_NOT_FOUND,
                                             "'%s' is in no git repository", source)
                              : rc;
}

static int
is_ours (const char *name)
{
  return strncmp (name, ".azml/", 6) == 0 || strncmp (name, "outputs/", 8) == 0;
}

int
azml__tracked_list (const char *source, azml_cancel *cancel, azml__tracked *ret,
                    azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = ask_git (source, cancel, &text, err);
  if (rc < 0)
    return rc;
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++)
    count += text.data[i] == '\0';
  AZML_CLEANUP (azml__tracked_done) azml__tracked made = AZML__TRACKED_INIT;
  made.names = calloc (count + 1, sizeof *made.names);
  size_t length = text.length;
  made.text = azml__buffer_steal (&text);
  if (!made.names || (length && !made.text))
    return azml__error_no_memory (err);
  for (size_t at = 0; at < length; at += strlen (made.text + at) + 1)
    if (!is_ours (made.text + at))
      made.names[made.count++] = made.text + at;
  *ret = made;
  made = (azml__tracked)AZML__TRACKED_INIT;
  return 0;
}

/* lease-words.c: the place of the leased GPUs in a wrapper's words.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A container is given its GPUs by options of the command that starts it, and which they
   are is known only when the run has them.  */

#include <config.h>

#include "runner/lease-words.h"

#include <string.h>

#include "core/buffer.h"

#define PLACE "@gpus@"

/* WORD with each NAME in it replaced by the N bytes of VALUE (new).  */
static char *
replace (const char *word, const char *name, const char *value, size_t n)
{
  azml__buffer text = AZML__BUFFER_INIT;
  for (const char *at; (at = strstr (word, name)); word = at + strlen (name))
    {
      azml__buffer_add (&text, word, (size_t)(at - word));
      azml__buffer_add (&text, value, n);
    }
  azml__buffer_add_text (&text, word);
  return azml__buffer_steal (&text);
}

/* Append TEMPLATE for the UUID of N bytes, one of VISIBLE.  */
static void
add_once (azml__words *words, char *const *template, const char *uuid, size_t n,
          const char *visible)
{
  for (; *template; template ++)
    {
      AZML_AUTO_FREE char *all =
          replace (*template, "@uuids@", visible, strlen (visible));
      AZML_AUTO_FREE char *word = all ? replace (all, "@uuid@", uuid, n) : NULL;
      if (word)
        azml__words_add (words, word);
      else
        words->failed = 1;
    }
}

void
azml__lease_words_add (azml__words *words, char *const *template,
                       const char *visible)
{
  int each = 0;
  if (!template || !*visible)
    return;
  for (char *const *word = template; *word; word++)
    each |= strstr (*word, "@uuid@") != NULL;
  if (!each)
    {
      add_once (words, template, "", 0, visible);
      return;
    }
  for (const char *p = visible;; p++)
    {
      size_t n = strcspn (p, ",");
      add_once (words, template, p, n, visible);
      p += n;
      if (!*p)
        return;
    }
}

int
azml__lease_words (azml__runner *runner, const char *visible, azml_error **err)
{
  const azml__job *job = &runner->job;
  azml__words *argv = &runner->command.argv;
  azml__words changed = AZML__WORDS_INIT;
  /* The wrapper stands behind the four words of the setup lines' sh.  */
  size_t first = job->setup ? 4 : 0, n = 0;
  while (job->wrapper && job->wrapper[n])
    n++;
  if (!n)
    return 0;
  for (size_t i = 0; i < argv->count; i++)
    if (i >= first && i < first + n && strcmp (argv->words[i], PLACE) == 0)
      azml__lease_words_add (&changed, job->wrapper_gpus, visible);
    else
      azml__words_add (&changed, argv->words[i]);
  azml__words_done (argv);
  *argv = changed;
  return argv->failed ? azml__error_no_memory (err) : 0;
}

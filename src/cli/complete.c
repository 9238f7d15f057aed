/* complete.c: completion of a command line, answered without Guile.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "cli/complete.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/scan.h"
#include "cli/words.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "run/layout.h"
#include "run/project.h"

#define RECIPE_LIMIT ((size_t)1 << 20) /* longer ones complete nothing */

/* The command line so far.  */
typedef struct
{
  char *const *words;
  int n;
  const char *typed;          /* the word to complete */
  const azml__words *command; /* NULL: none recognised */
  int first;                  /* index of its first argument */
} command_line;

static void
offer (const char *candidate, const char *typed)
{
  if (strncmp (candidate, typed, strlen (typed)) == 0)
    puts (candidate);
}

static void
offer_commands (const char *typed)
{
  const char *last = "";
  for (const azml__words *w = azml__words_table; w->command; w++)
    {
      if (strcmp (w->command, last))
        offer (w->command, typed);
      last = w->command;
    }
}

static void
offer_subcommands (const char *command, const char *typed)
{
  for (const azml__words *w = azml__words_table; w->command; w++)
    if (strcmp (w->command, command) == 0 && w->subcommand)
      offer (w->subcommand, typed);
}

static void
offer_runs (const char *typed)
{
  AZML_AUTO (azml__project) project = NULL;
  if (azml__project_open (".", 0, &project, NULL) < 0)
    return;
  offer ("last", typed);
  AZML_AUTO (DIR) runs = opendir (project->runs);
  struct dirent *entry;
  while (runs && (entry = readdir (runs)))
    if (azml__run_id_is_valid (entry->d_name))
      offer (entry->d_name, typed);
}

/* A name of a recipe, and what goes behind it ("=" for a parameter).  */
typedef struct
{
  const char *typed, *suffix;
} wanted;

static void
offer_found (const char *name, size_t length, void *data)
{
  const wanted *want = data;
  if (strncmp (name, want->typed, strlen (want->typed)) == 0
      && strlen (want->typed) <= length)
    printf ("%.*s%s\n", (int)length, name, want->suffix);
}

/* The first argument that names a Scheme file, or NULL.  */
static const char *
recipe_of (const command_line *line)
{
  for (int i = line->first; i < line->n - 1; i++)
    {
      const char *dot = strrchr (line->words[i], '.');
      if (dot && strcmp (dot, ".scm") == 0)
        return line->words[i];
    }
  return NULL;
}

static int
read_recipe (const command_line *line, azml__buffer *text)
{
  const char *recipe = recipe_of (line);
  return recipe && azml__file_read (AT_FDCWD, recipe, RECIPE_LIMIT, text, NULL) == 0
         && text->data;
}

static void
offer_recipe (const command_line *line)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  wanted name = { line->typed, "" }, key = { line->typed, "=" };
  if (!recipe_of (line))
    puts (":files");
  else if (read_recipe (line, &text))
    {
      azml__scan_names (text.data, text.length, "experiment", offer_found, &name);
      azml__scan_parameters (text.data, text.length, offer_found, &key);
    }
}

/* The names in FOLDER/targets.json (FOLDER taken).  */
static void
offer_kept_targets (char *folder, const char *typed)
{
  AZML_AUTO_FREE char *above = folder;
  AZML_AUTO_FREE char *file =
      above ? azml__path_join (above, "targets.json") : NULL;
  AZML_AUTO (json_t) json = NULL;
  json_t *target;
  size_t i;
  if (!file || azml__json_read (AT_FDCWD, file, &json, NULL) < 0)
    return;
  json_array_foreach (json_object_get (json, "targets"), i, target)
  {
    const char *name = azml__json_string (target, "name");
    if (name && !strpbrk (name, "\r\n\t"))
      offer (name, typed);
  }
}

static void
offer_stored_targets (const char *typed)
{
  AZML_AUTO (azml__project) project = NULL;
  const char *config = getenv ("XDG_CONFIG_HOME"), *home = getenv ("HOME");
  if (azml__project_open (".", 0, &project, NULL) == 0)
    offer_kept_targets (strdup (project->folder), typed);
  if (config && *config == '/')
    offer_kept_targets (azml__path_join (config, "azml"), typed);
  else if (home)
    offer_kept_targets (azml__path_join (home, ".config/azml"), typed);
}

static void
offer_targets (const command_line *line)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  wanted name = { line->typed, "" };
  offer ("local", line->typed);
  offer_stored_targets (line->typed);
  if (read_recipe (line, &text))
    azml__scan_names (text.data, text.length, "compute-target", offer_found, &name);
}

static void
offer_kind (const command_line *line, azml__words_kind kind)
{
  switch (kind)
    {
    case AZML__WORDS_NONE:
      break;
    case AZML__WORDS_COMMANDS:
      offer_commands (line->typed);
      break;
    case AZML__WORDS_FILES:
      puts (":files");
      break;
    case AZML__WORDS_RECIPE:
      offer_recipe (line);
      break;
    case AZML__WORDS_RUNS:
      offer_runs (line->typed);
      break;
    case AZML__WORDS_TARGETS:
      offer_targets (line);
      break;
    case AZML__WORDS_SHELLS:
      offer ("bash", line->typed);
      offer ("zsh", line->typed);
      offer ("fish", line->typed);
      break;
    }
}

/* The option that WORD is, NULL if it is none of COMMAND's.  */
static const azml__words_option *
find_option (const azml__words *command, const char *word)
{
  for (const azml__words_option *o = command->options; o->name; o++)
    if (strcmp (o->name, word) == 0)
      return o;
  return NULL;
}

/* Find the row of the table that the first words name, and say whether a subcommand
   is still missing.  */
static int
find_command (command_line *line)
{
  int wants_subcommand = 0;
  for (const azml__words *w = azml__words_table; line->n > 1 && w->command; w++)
    {
      if (strcmp (w->command, line->words[0]))
        continue;
      if (w->subcommand && (line->n < 3 || strcmp (w->subcommand, line->words[1])))
        {
          wants_subcommand = 1;
          continue;
        }
      line->command = w;
      line->first = w->subcommand ? 2 : 1;
      return 0;
    }
  return wants_subcommand && line->n == 2;
}

/* 1 if the words before the one typed contain "--": what follows is a command.  */
static int
is_behind_dashes (const command_line *line)
{
  for (int i = line->first; i < line->n - 1; i++)
    if (strcmp (line->words[i], "--") == 0)
      return 1;
  return 0;
}

int
azml__complete (int n, char *const *words)
{
  command_line line = { .words = words, .n = n, .typed = n ? words[n - 1] : "" };
  if (n <= 1)
    offer_commands (line.typed);
  else if (find_command (&line))
    offer_subcommands (words[0], line.typed);
  else if (!line.command)
    return 0;
  else if (is_behind_dashes (&line))
    puts (":files");
  else
    {
      const azml__words_option *before =
          n - 2 >= line.first ? find_option (line.command, words[n - 2]) : NULL;
      if (before && before->takes_value)
        offer_kind (&line, before->value);
      else if (line.typed[0] == '-')
        for (const azml__words_option *o = line.command->options; o->name; o++)
          offer (o->name, line.typed);
      else
        offer_kind (&line, line.command->arguments);
    }
  return fflush (stdout) == 0 ? 0 : 1;
}

/* python.c: the Pythons of this machine, and the right one of them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/interpreter.h"
#include "environment/python.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/places.h"
#include "environment/version.h"

/* What a search has found.  */
typedef struct findings
{
  const char *requirement;
  const json_t *best; /* the newest that is right */
  json_t *all;        /* [{"version","path"}], or NULL: not kept */
  json_t *seen;       /* the real files of all, as keys */
} findings;

static int
is_right (const char *requirement, const json_t *python)
{
  return !requirement
         || azml__version_matches (requirement,
                                   azml__json_string (python, "version"));
}

/* Keep PYTHON in the list of all, unless it is a second name of one.  */
static void
keep (findings *found, const json_t *python)
{
  char real[PATH_MAX];
  const char *executable = azml__json_string (python, "executable");
  if (!found->all || !executable || !realpath (executable, real)
      || json_object_get (found->seen, real))
    return;
  json_object_set_new (found->seen, real, json_true ());
  json_array_append_new (found->all,
                         json_pack ("{s:O, s:O}", "version",
                                    json_object_get (python, "version"), "path",
                                    json_object_get (python, "path")));
}

static void
look_at (findings *found, const char *folder, const char *name)
{
  AZML_AUTO_FREE char *path = azml__path_join (folder, name);
  AZML_AUTO_FREE char *program = path ? azml__path_program (path, NULL) : NULL;
  const json_t *python = program ? azml__interpreter_look (program) : NULL;
  if (!python)
    return;
  keep (found, python);
  if (is_right (found->requirement, python)
      && (!found->best
          || azml__version_compare (azml__json_string (python, "version"),
                                    azml__json_string (found->best, "version"))
                 > 0))
    found->best = python;
}

/* "python3.11", but neither "python3.11-config" nor "python3.11m".  */
static int
is_versioned_name (const char *name)
{
  const char *p = name + 8;
  if (strncmp (name, "python3.", 8) != 0 || !isdigit ((unsigned char)*p))
    return 0;
  return p[strspn (p, "0123456789")] == '\0';
}

static void
look_at_folder (findings *found, const char *folder)
{
  AZML_AUTO (DIR) dir = opendir (folder);
  struct dirent *entry;
  if (!dir)
    return;
  look_at (found, folder, "python3");
  while ((entry = readdir (dir)))
    if (is_versioned_name (entry->d_name))
      look_at (found, folder, entry->d_name);
  look_at (found, folder, "python");
}

/* Put the newest first, behind the default.  */
static int
sort (json_t *all)
{
  for (size_t i = 2; i < json_array_size (all); i++)
    for (size_t j = i; j > 1; j--)
      {
        json_t *a = json_array_get (all, j - 1);
        AZML_AUTO (json_t) b = json_incref (json_array_get (all, j));
        if (azml__version_compare (azml__json_string (a, "version"),
                                   azml__json_string (b, "version"))
            >= 0)
          break;
        if (json_array_remove (all, j) < 0 || json_array_insert (all, j - 1, b) < 0)
          return -1;
      }
  return 0;
}

static int
look_everywhere (findings *found, const char *search, azml_error **err)
{
  AZML_AUTO_STRINGS folders = azml__places_folders (search);
  AZML_AUTO_STRINGS versions = azml__places_pythons (search);
  if (!folders || !versions)
    return azml__error_no_memory (err);
  for (char **folder = folders; *folder; folder++)
    look_at_folder (found, *folder);
  for (char **folder = versions; *folder; folder++)
    look_at (found, *folder, "python3");
  return found->all && sort (found->all) < 0 ? azml__error_no_memory (err) : 0;
}

/* The first NAME in FOLDERS that is right, or NULL.  */
static const json_t *
first_of_name (const char *requirement, char *const *folders, const char *name)
{
  for (; *folders; folders++)
    {
      AZML_AUTO_FREE char *path = azml__path_join (*folders, name);
      AZML_AUTO_FREE char *program = path ? azml__path_program (path, NULL) : NULL;
      const json_t *python = program ? azml__interpreter_look (program) : NULL;
      if (python && is_right (requirement, python))
        return python;
    }
  return NULL;
}

static int
absent (const char *requirement, const json_t *all, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  size_t n = json_array_size (all);
  for (size_t i = 0; i < n; i++)
    {
      const json_t *item = json_array_get (all, i);
      azml__buffer_add_format (&text, "%s%s (%s)", i ? ", " : "",
                               azml__json_string (item, "version"),
                               azml__json_string (item, "path"));
    }
  int rc = azml__error (err, AZML_E_ENVIRONMENT,
                        "environment: no python %s on this machine; there is %s",
                        requirement ? requirement : "3", n ? text.data : "none");
  int minor[2];
  if (requirement && azml__version_minor (requirement, minor))
    azml__error_hint (
        err,
        "install python %s (apt install python%d.%d, uv python install "
        "%s, pyenv install %s), or ask for one that is there",
        requirement, minor[0], minor[1], requirement, requirement);
  else
    azml__error_hint (err, "install such a python%s",
                      n ? ", or ask for one that is there"
                        : " (apt install python3)");
  return rc;
}

int
azml__python_find (const char *requirement, const char *search, const json_t **ret,
                   azml_error **err)
{
  AZML_AUTO_STRINGS folders = azml__places_folders (search);
  findings found = { .requirement = requirement };
  char versioned[48];
  int minor[2];
  if (!folders)
    return azml__error_no_memory (err);
  found.best = first_of_name (requirement, folders, "python3");
  if (!found.best && requirement && azml__version_minor (requirement, minor))
    {
      snprintf (versioned, sizeof versioned, "python%d.%d", minor[0], minor[1]);
      found.best = first_of_name (requirement, folders, versioned);
    }
  if (!found.best)
    found.best = first_of_name (requirement, folders, "python");
  if (!found.best)
    {
      AZML_AUTO (json_t) all = found.all = json_array ();
      AZML_AUTO (json_t) seen = found.seen = json_object ();
      int rc = all && seen ? look_everywhere (&found, search, err)
                           : azml__error_no_memory (err);
      if (rc < 0)
        return rc;
      if (!found.best)
        return absent (requirement, all, err);
    }
  *ret = found.best;
  return 0;
}

int
azml__python_list (const char *search, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) all = json_array ();
  AZML_AUTO (json_t) seen = json_object ();
  findings found = { .all = all, .seen = seen };
  if (!all || !seen)
    return azml__error_no_memory (err);
  int rc = look_everywhere (&found, search, err);
  if (rc == 0)
    *ret = azml_steal (&all);
  return rc;
}

/* layout.c: the places of runs and objects.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/path.h"

#define ASIDE ".new-"

void
azml__layout_done (azml__layout *layout)
{
  free (layout->root);
  free (layout->runs);
  free (layout->objects);
  *layout = (azml__layout){ NULL, NULL, NULL };
}

/* The home folder, or NULL.  The user database is not asked: that would load
   libraries, and the static runner has none.  */
static const char *
home_folder (void)
{
  const char *home = getenv ("HOME");
  return home && *home ? home : NULL;
}

/* Store in *RET (new) what PATH means: "~/" in front is the home folder, and a
   relative path starts at the working folder, which the keeper will leave.  */
static int
expand (const char *path, char **ret, azml_error **err)
{
  char *made;
  if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
    {
      const char *home = home_folder ();
      if (!home)
        return azml__error (err, AZML_E_NOT_FOUND, "'%s': HOME is not set", path);
      made = path[1] ? azml__path_join (home, path + 2) : strdup (home);
    }
  else if (path[0] == '/')
    made = strdup (path);
  else
    {
      AZML_AUTO_FREE char *here = getcwd (NULL, 0);
      if (!here)
        return azml__error_os (err, errno, "find the working folder");
      made = azml__path_join (here, path);
    }
  if (!made)
    return azml__error_no_memory (err);
  *ret = made;
  return 0;
}

static int
find_root (const char *root, char **ret, azml_error **err)
{
  if (!root || !*root)
    root = getenv ("AZML_ROOT");
  if (root && *root)
    return expand (root, ret, err);
  if (home_folder ())
    return expand ("~/.local/share/azml", ret, err);
  azml__error (err, AZML_E_NOT_FOUND, "no place for runs: HOME is not set");
  azml__error_hint (err, "set HOME, or AZML_ROOT to a folder of your own");
  return AZML_E_NOT_FOUND;
}

/* What PATH means, or the folder NAME of ROOT where PATH is NULL.  */
static int
find_part (const char *path, const char *root, const char *name, char **ret,
           azml_error **err)
{
  if (path)
    return expand (path, ret, err);
  *ret = azml__path_join (root, name);
  return *ret ? 0 : azml__error_no_memory (err);
}

int
azml__layout_find (const char *root, const char *runs, const char *objects,
                   azml__layout *ret, azml_error **err)
{
  azml__layout made = { NULL, NULL, NULL };
  int rc = find_root (root, &made.root, err);
  if (rc == 0)
    rc = find_part (runs, made.root, "runs", &made.runs, err);
  if (rc == 0)
    rc = find_part (objects, made.root, "objects", &made.objects, err);
  if (rc < 0)
    azml__layout_done (&made);
  else
    *ret = made;
  return rc;
}

int
azml__run_id_is_valid (const char *id)
{
  size_t n = strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789");
  return n == AZML__RANDOM_ID_LENGTH && id[n] == '\0';
}

int
azml__layout_run (const azml__layout *layout, const char *id, char **ret,
                  azml_error **err)
{
  if (!azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_INVALID, "'%s' is not a run id", id);
  char *path = azml__path_join (layout->runs, id);
  if (!path)
    return azml__error_no_memory (err);
  *ret = path;
  return 0;
}

void
azml__run_aside (const char *id, char name[AZML__ASIDE_SIZE])
{
  snprintf (name, AZML__ASIDE_SIZE, ASIDE "%s", id);
}

int
azml__run_is_aside (const char *name)
{
  return strncmp (name, ASIDE, strlen (ASIDE)) == 0;
}

int
azml__layout_aside (const azml__layout *layout, const char *id, char **ret,
                    azml_error **err)
{
  if (!azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_INVALID, "'%s' is not a run id", id);
  char name[AZML__ASIDE_SIZE];
  azml__run_aside (id, name);
  char *path = azml__path_join (layout->runs, name);
  if (!path)
    return azml__error_no_memory (err);
  *ret = path;
  return 0;
}

/* places.c: where programs are looked for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/places.h"

#include <dirent.h>
#include <string.h>

#include "core/path.h"

/* Where the installers of conda, micromamba, pixi, uv put their programs.  "~" is
   $HOME.  */
static const char *const usual[] = {
  "~/.local/bin",
  "~/.cargo/bin",
  "~/.pixi/bin",
  "~/bin",
  "~/miniforge3/condabin",
  "~/miniconda3/condabin",
  "~/mambaforge/condabin",
  "~/anaconda3/condabin",
  "/opt/conda/condabin",
  "/opt/miniforge3/condabin",
  "/opt/miniconda3/condabin",
  "/opt/anaconda3/condabin",
  "/usr/local/bin",
  "/usr/bin",
  "/bin",
};

static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

static int
add (char ***list, char *item)
{
  size_t n = 0;
  while (*list && (*list)[n])
    n++;
  char **grown = item ? realloc (*list, (n + 2) * sizeof *grown) : NULL;
  if (!grown)
    {
      free (item);
      return -1;
    }
  grown[n] = item;
  grown[n + 1] = NULL;
  *list = grown;
  return 0;
}

/* PATH with "~" replaced (new); NULL when there is no $HOME, or no memory.  */
static char *
expand (const char *path)
{
  const char *home = getenv ("HOME");
  if (*path != '~')
    return strdup (path);
  return home && *home ? azml__path_join (home, path + 2) : NULL;
}

char **
azml__places_folders (const char *search)
{
  const char *path = search ? search : getenv ("PATH");
  AZML_AUTO_STRINGS list = calloc (1, sizeof *list);
  for (const char *p = path ? path : default_path; list; p++)
    {
      size_t n = strcspn (p, ":");
      if (add (&list, n ? strndup (p, n) : strdup (".")) < 0)
        return NULL;
      p += n;
      if (!*p)
        break;
    }
  for (size_t i = 0; list && !search && i < sizeof usual / sizeof *usual; i++)
    {
      char *folder = expand (usual[i]);
      if (folder && add (&list, folder) < 0)
        return NULL;
    }
  return azml_steal (&list);
}

/* Add the folder "bin" of each entry of FOLDER.  */
static int
add_versions (char ***list, char *folder)
{
  AZML_AUTO_FREE char *owned = folder;
  AZML_AUTO (DIR) dir = folder ? opendir (folder) : NULL;
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (entry->d_name[0] != '.'
        && add (list, azml__path_format ("%s/%s/bin", folder, entry->d_name)) < 0)
      return -1;
  return 0;
}

char **
azml__places_pythons (const char *search)
{
  const char *pyenv = getenv ("PYENV_ROOT");
  const char *uv = getenv ("UV_PYTHON_INSTALL_DIR");
  AZML_AUTO_STRINGS list = calloc (1, sizeof *list);
  if (!list || search)
    return azml_steal (&list);
  if (add_versions (&list, pyenv ? azml__path_join (pyenv, "versions")
                                 : expand ("~/.pyenv/versions"))
          < 0
      || add_versions (&list,
                       uv ? strdup (uv) : expand ("~/.local/share/uv/python"))
             < 0)
    return NULL;
  return azml_steal (&list);
}

char *
azml__places_program (const char *name, const char *search)
{
  AZML_AUTO_STRINGS folders = azml__places_folders (search);
  for (char **folder = folders; folder && *folder; folder++)
    {
      AZML_AUTO_FREE char *path = azml__path_join (*folder, name);
      char *found = path ? azml__path_program (path, NULL) : NULL;
      if (found)
        return found;
    }
  return NULL;
}

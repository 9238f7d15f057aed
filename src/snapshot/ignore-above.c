/* ignore-above.c: what git leaves out because of files that are not in the source folder.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/ignore-above.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/git.h"
#include "core/path.h"

#define FILE_LIMIT ((size_t)16 << 20)

typedef struct reading
{
  const char *source; /* without links */
  azml__ignore **rules;
  size_t n;
} reading;

/* What stands between FOLDER and the source folder: "" or with a slash at the end.  */
static const char *
way_down (const reading *r, const char *folder)
{
  const char *rest = r->source + strlen (folder);
  return rest + (*rest == '/');
}

/* Take FILE, whose patterns are meant from FOLDER on.  */
static int
take (reading *r, const char *file, const char *folder, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  struct stat st;
  if (r->n == AZML__IGNORE_ABOVE || stat (file, &st) < 0 || !S_ISREG (st.st_mode)
      || azml__file_read (AT_FDCWD, file, FILE_LIMIT, &text, NULL) < 0)
    return 0;
  const azml__ignore *above = r->n ? r->rules[r->n - 1] : NULL;
  int rc =
      azml__ignore_parse_above (text.data ? text.data : "", text.length,
                                way_down (r, folder), above, &r->rules[r->n], err);
  if (rc == 0)
    r->n++;
  return rc;
}

/* The value of core.excludesFile in the configuration FILE (new), or NULL.  Of what git
   understands, included files are missing.  */
static char *
read_setting (const char *file)
{
  static const char key[] = "excludesfile";
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *found = NULL;
  int in_core = 0;
  if (azml__file_read (AT_FDCWD, file, FILE_LIMIT, &text, NULL) < 0 || !text.data)
    return NULL;
  char *rest;
  for (char *line = strtok_r (text.data, "\r\n", &rest); line;
       line = strtok_r (NULL, "\r\n", &rest))
    {
      line += strspn (line, " \t");
      if (*line == '[')
        in_core = strncasecmp (line, "[core]", 6) == 0;
      if (!in_core || strncasecmp (line, key, sizeof key - 1) != 0)
        continue;
      line += sizeof key - 1;
      line += strspn (line, " \t");
      if (*line++ != '=')
        continue;
      line += strspn (line, " \t");
      size_t n = *line == '"' ? strcspn (++line, "\"") : strcspn (line, "#;");
      while (n && isspace ((unsigned char)line[n - 1]))
        n--;
      free (found);
      found = strndup (line, n);
    }
  return azml_steal (&found);
}

/* $XDG_CONFIG_HOME/git/NAME (new), or NULL.  */
static char *
user_file (const char *name)
{
  const char *config = getenv ("XDG_CONFIG_HOME"), *home = getenv ("HOME");
  return config && *config ? azml__path_join3 (config, "git", name)
         : home && *home   ? azml__path_join3 (home, ".config/git", name)
                           : NULL;
}

/* The file that core.excludesFile means (new), or NULL.  */
static char *
excludes_file (const char *git)
{
  const char *home = getenv ("HOME");
  char *files[] = { azml__path_join (git, "config"),
                    home && *home ? azml__path_join (home, ".gitconfig") : NULL,
                    user_file ("config"), strdup ("/etc/gitconfig") };
  AZML_AUTO_FREE char *value = NULL;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    {
      if (files[i] && !value)
        value = read_setting (files[i]);
      free (files[i]);
    }
  if (!value)
    return user_file ("ignore");
  if (strncmp (value, "~/", 2) == 0)
    return home ? azml__path_join (home, value + 2) : NULL;
  return azml_steal (&value);
}

/* Take the .gitignore of ROOT and of each folder below it that is above the source.  */
static int
take_folders (reading *r, const char *root, azml_error **err)
{
  AZML_AUTO_FREE char *folder = strdup (r->source);
  int rc = folder ? 0 : azml__error_no_memory (err);
  for (size_t n = strlen (root); rc == 0 && r->source[n];)
    {
      memcpy (folder, r->source, n);
      folder[n] = '\0';
      AZML_AUTO_FREE char *file = azml__path_join (n ? folder : "/", ".gitignore");
      rc = file ? take (r, file, folder, err) : azml__error_no_memory (err);
      n += r->source[n] == '/';
      n += strcspn (r->source + n, "/");
    }
  return rc;
}

int
azml__ignore_read_above (const char *source, azml__ignore *ret[AZML__IGNORE_ABOVE],
                         size_t *ret_n, azml_error **err)
{
  AZML_AUTO_FREE char *real = realpath (source, NULL);
  AZML_AUTO_GIT git = { .root = NULL };
  reading r = { .source = real, .rules = ret };
  int rc = real ? azml__git_find (real, &git, err) : 0;
  if (rc < 0 || !git.root || git.foreign)
    return rc;
  const char *root = git.root;
  AZML_AUTO_FREE char *excludes = excludes_file (git.common);
  AZML_AUTO_FREE char *exclude = azml__path_join (git.common, "info/exclude");
  if (excludes)
    rc = take (&r, excludes, root, err);
  if (rc == 0 && exclude)
    rc = take (&r, exclude, root, err);
  if (rc == 0)
    rc = take_folders (&r, root, err);
  *ret_n = r.n;
  return rc;
}

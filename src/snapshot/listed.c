/* listed.c: the files of a source folder that a list names.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "core/cancel.h"
#include "core/path.h"

/* Make PATH, a name below the folder ROOT, relative to it, without "." and doubled
   slashes (new).  */
static int
relative (const char *root, const char *path, char **ret, azml_error **err)
{
  size_t n = strlen (root);
  const char *at = path;
  if (*at == '/')
    {
      if (strncmp (at, root, n) != 0 || at[n] != '/')
        return azml__error (err, AZML_E_INVALID, "'%s' is outside of '%s'", path,
                            root);
      at += n;
    }
  AZML_AUTO_FREE char *clean = malloc (strlen (at) + 1);
  if (!clean)
    return azml__error_no_memory (err);
  size_t used = 0;
  while (*at)
    {
      size_t part = strcspn (at, "/");
      if (part && !(part == 1 && *at == '.'))
        {
          if (used)
            clean[used++] = '/';
          memcpy (clean + used, at, part);
          used += part;
        }
      at += part + (at[part] == '/');
    }
  clean[used] = '\0';
  if (!azml__path_is_inside (clean))
    return azml__error (err, AZML_E_INVALID, "'%s' is outside of '%s'", path, root);
  *ret = azml_steal (&clean);
  return 0;
}

static int
add_link (azml__walk *walk, const char *path, azml_error **err)
{
  char target[PATH_MAX + 1];
  ssize_t n = readlinkat (walk->root, path, target, sizeof target);
  if (n < 0 || (size_t)n == sizeof target)
    return azml__error_os (err, n < 0 ? errno : ENAMETOOLONG, "read the link '%s'",
                           path);
  char *copy = strndup (target, (size_t)n);
  if (!copy)
    return azml__error_no_memory (err);
  return azml__walk_add (walk, 'l', path, strlen (path), NULL, copy, err);
}

static int
add_path (azml__walk *walk, const char *path, int strict, azml_error **err)
{
  struct stat st;
  if (fstatat (walk->root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      int missing = errno == ENOENT || errno == ENOTDIR;
      return missing && !strict ? 0 : azml__error_os (err, errno, "'%s'", path);
    }
  if (S_ISLNK (st.st_mode))
    return add_link (walk, path, err);
  if (!S_ISREG (st.st_mode))
    return 0;
  azml__file_key key;
  azml__file_key_fill (&key, &st);
  return azml__walk_add (walk, st.st_mode & S_IXUSR ? 'x' : 'f', path,
                         strlen (path), &key, NULL, err);
}

/* Keep one of the entries of each name; they are sorted.  */
static void
drop_doubles (azml__walk *walk)
{
  size_t kept = 0;
  for (size_t i = 0; i < walk->count; i++)
    {
      azml__manifest_entry *entry = &walk->entries[i].entry;
      if (kept && strcmp (walk->entries[kept - 1].entry.path, entry->path) == 0)
        {
          free (entry->path);
          free (entry->target);
          continue;
        }
      walk->entries[kept++] = walk->entries[i];
    }
  walk->count = kept;
}

int
azml__walk_listed (const char *source, const char *const *paths, size_t n,
                   int strict, azml_cancel *cancel, azml__walk *ret,
                   azml_error **err)
{
  AZML_AUTO_FREE char *root = realpath (source, NULL);
  ret->root = root ? open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (ret->root < 0)
    return azml__error_os (err, errno, "open the source folder '%s'", source);
  int rc = 0;
  for (size_t i = 0; i < n && rc == 0; i++)
    {
      AZML_AUTO_FREE char *path = NULL;
      rc = azml__cancel_check (cancel, err);
      if (rc == 0)
        rc = relative (root, paths[i], &path, err);
      if (rc == 0)
        rc = add_path (ret, path, strict, err);
    }
  azml__walk_sort (ret);
  drop_doubles (ret);
  return rc;
}

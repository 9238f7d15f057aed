/* list.c: the environments of a root.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "digest/sha256.h"
#include "environment/environment.h"
#include "environment/size.h"

static int64_t
size_at (int folder, const char *name)
{
  struct stat st;
  int64_t bytes;
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return 0;
  bytes = (int64_t)st.st_blocks * 512;
  if (!S_ISDIR (st.st_mode))
    return bytes;
  AZML_AUTO (DIR) dir = azml__folder_entries (folder, name);
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      bytes += size_at (dirfd (dir), entry->d_name);
  return bytes;
}

int64_t
azml__size_of_tree (const char *path)
{
  return size_at (AT_FDCWD, path);
}

/* What is known of the environment in FOLDER/NAME (new); NULL if it is none.  */
static json_t *
describe (const char *folder, const char *name)
{
  azml__digest digest;
  struct stat st;
  char used[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_FREE char *path = azml__path_join (folder, name);
  AZML_AUTO_FREE char *file = path ? azml__path_join (path, "complete") : NULL;
  AZML_AUTO (json_t) json = NULL;
  if (!file || azml__digest_parse (name, &digest) < 0
      || azml__json_read (AT_FDCWD, file, &json, NULL) < 0 || !json_is_object (json)
      || stat (file, &st) < 0)
    return NULL;
  int64_t ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
  json_object_set_new (json, "path", azml__json_text (path));
  json_object_set_new (json, "used", json_string (azml__clock_format (ms, used)));
  if (!json_object_get (json, "bytes"))
    json_object_set_new (json, "bytes", json_integer (azml__size_of_tree (path)));
  return azml_steal (&json);
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

int
azml__environment_list (const char *root, json_t **ret, azml_error **err)
{
  AZML_AUTO_FREE char *folder = azml__path_join (root, "env");
  AZML_AUTO (json_t) list = json_array ();
  AZML_AUTO_STRINGS names = NULL;
  size_t n = 0;
  struct dirent *entry;
  if (!folder || !list)
    return azml__error_no_memory (err);
  AZML_AUTO (DIR) dir = opendir (folder);
  if (!dir && errno != ENOENT)
    return azml__error_os (err, errno, "open the folder '%s'", folder);
  while (dir && (entry = readdir (dir)))
    {
      char **grown = realloc (names, (n + 2) * sizeof *names);
      if (!grown)
        return azml__error_no_memory (err);
      names = grown;
      names[n++] = strdup (entry->d_name);
      names[n] = NULL;
      if (!names[n - 1])
        return azml__error_no_memory (err);
    }
  if (n)
    qsort (names, n, sizeof *names, by_name);
  for (size_t i = 0; i < n; i++)
    {
      json_t *json = describe (folder, names[i]);
      if (json && json_array_append_new (list, json) < 0)
        return azml__error_no_memory (err);
    }
  *ret = azml_steal (&list);
  return 0;
}

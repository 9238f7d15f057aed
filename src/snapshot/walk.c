/* walk.c: what a source tree holds.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

int
azml__walk_grow (void *items, size_t count, size_t *room, size_t size,
                 azml_error **err)
{
  if (count < *room)
    return 0;
  size_t wanted = *room ? 2 * *room : 64;
  void *grown = reallocarray (*(void **)items, wanted, size);
  if (!grown)
    return azml__error_no_memory (err);
  *(void **)items = grown;
  *room = wanted;
  return 0;
}

static void
names_done (azml__walk_names *names)
{
  for (size_t i = 0; i < names->count; i++)
    free (names->names[i]);
  free (names->names);
}

void
azml__walk_done (azml__walk *walk)
{
  for (size_t i = 0; i < walk->count; i++)
    {
      free (walk->entries[i].entry.path);
      free (walk->entries[i].entry.target);
    }
  free (walk->entries);
  names_done (&walk->ignored);
  names_done (&walk->special);
  if (walk->root >= 0)
    close (walk->root);
  *walk = (azml__walk)AZML__WALK_INIT;
}

int
azml__walk_open (int root, const char *path, int flags)
{
  AZML_AUTO_CLOSE int above = -1;
  char part[PATH_MAX];
  while (strnlen (path, PATH_MAX) == PATH_MAX)
    {
      size_t n = PATH_MAX - 1;
      while (n && path[n] != '/')
        n--;
      if (n == 0)
        {
          errno = ENAMETOOLONG;
          return -1;
        }
      memcpy (part, path, n);
      part[n] = '\0';
      int fd = openat (above < 0 ? root : above, part,
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd < 0)
        return -1;
      if (above >= 0)
        close (above);
      above = fd;
      path += n + 1;
    }
  return openat (above < 0 ? root : above, path, flags | O_CLOEXEC);
}

int
azml__walk_list (azml__walk_names *names, const char *path, int is_folder,
                 azml_error **err)
{
  if (names->total++ >= AZML__WALK_LISTED)
    return 0;
  int rc = azml__walk_grow (&names->names, names->count, &names->size,
                            sizeof *names->names, err);
  if (rc < 0)
    return rc;
  size_t n = strlen (path);
  char *name = malloc (n + 2);
  if (!name)
    return azml__error_no_memory (err);
  memcpy (name, path, n);
  name[n] = '/';
  name[n + (size_t) !!is_folder] = '\0';
  names->names[names->count++] = name;
  return 0;
}

int
azml__walk_add (azml__walk *walk, char type, const char *path, size_t n,
                const azml__file_key *key, char *target, azml_error **err)
{
  char *copy = strndup (path, n);
  int rc = copy ? azml__walk_grow (&walk->entries, walk->count, &walk->size,
                                   sizeof *walk->entries, err)
                : azml__error_no_memory (err);
  if (rc < 0)
    {
      free (copy);
      free (target);
      return rc;
    }
  azml__walk_entry *made = &walk->entries[walk->count++];
  *made = (azml__walk_entry){ .entry = {
                                  .type = type, .path = copy, .target = target } };
  if (key)
    {
      made->key = *key;
      made->entry.size = key->size;
    }
  return 0;
}

static int
compare_entries (const void *a, const void *b)
{
  return strcmp (((const azml__walk_entry *)a)->entry.path,
                 ((const azml__walk_entry *)b)->entry.path);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

static void
sort_names (azml__walk_names *names)
{
  if (names->count)
    qsort (names->names, names->count, sizeof *names->names, compare_names);
}

void
azml__walk_sort (azml__walk *walk)
{
  if (walk->count)
    qsort (walk->entries, walk->count, sizeof *walk->entries, compare_entries);
  sort_names (&walk->ignored);
  sort_names (&walk->special);
}

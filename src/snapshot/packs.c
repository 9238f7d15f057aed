/* packs.c: the packs of an object store.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/packs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

void
azml__packs_done (azml__packs *packs)
{
  for (size_t i = 0; i < packs->count; i++)
    azml__pack_close (&packs->packs[i]);
  free (packs->packs);
  azml__pack_table_done (&packs->table);
  azml__buffer_done (&packs->heads);
  if (packs->folder >= 0)
    close (packs->folder);
  *packs = (azml__packs)AZML__PACKS_INIT;
}

static int
open_folder (azml__packs *packs, int folder)
{
  if (packs->folder < 0 && folder >= 0)
    packs->folder = openat (folder, AZML__PACKS_FOLDER,
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return packs->folder;
}

int
azml__packs_place (azml__packs *packs, int folder, azml_error **err)
{
  if (open_folder (packs, folder) >= 0)
    return 0;
  if ((mkdirat (folder, AZML__PACKS_FOLDER, 0700) < 0 && errno != EEXIST)
      || open_folder (packs, folder) < 0)
    return azml__folder_refused (err, errno, folder);
  return 0;
}

int
azml__packs_enter (azml__packs *packs, const azml__pack *pack)
{
  azml__pack *all =
      realloc (packs->packs, (packs->count + 1) * sizeof *packs->packs);
  if (!all)
    return -1;
  packs->packs = all;
  all[packs->count] = *pack;
  return (int)packs->count++;
}

void
azml__packs_forget (azml__packs *packs, uint32_t number)
{
  for (size_t i = 0; i < packs->table.count; i++)
    if (packs->table.records[i].pack == number)
      packs->table.records[i].gone = 1;
  azml__pack_close (&packs->packs[number]);
}

static int
is_known (const azml__packs *packs, const azml__pack *pack)
{
  for (size_t i = 0; i < packs->count; i++)
    if (packs->packs[i].fd >= 0 && strcmp (packs->packs[i].id, pack->id) == 0)
      return 1;
  return 0;
}

/* Know the pack called NAME, if it is one.  */
static void
meet (azml__packs *packs, const char *name)
{
  azml__pack pack;
  if (!azml__pack_is (name, &pack) || is_known (packs, &pack)
      || azml__pack_open (packs->folder, &pack) < 0)
    return;
  if (azml__packs_enter (packs, &pack) < 0)
    azml__pack_close (&pack);
}

static void
meet_all (azml__packs *packs)
{
  AZML_AUTO (DIR) dir = azml__folder_entries (packs->folder, ".");
  struct dirent *entry;
  if (!dir)
    return;
  while ((entry = readdir (dir)))
    meet (packs, entry->d_name);
}

int
azml__packs_learn (azml__packs *packs, uint32_t number)
{
  azml__pack *pack = &packs->packs[number];
  if (azml__pack_learn (packs->folder, pack, number, &packs->table) == 0
      && azml__pack_table_link (&packs->table) == 0)
    return 0;
  packs->table.count = packs->table.linked;
  azml__packs_forget (packs, number);
  return -1;
}

/* Forget what somebody removed of the packs from FIRST on.  Return how many that were.  */
static size_t
forget_removed (azml__packs *packs, size_t first)
{
  size_t n = 0;
  for (size_t i = first; i < packs->count; i++)
    if (packs->packs[i].fd >= 0 && azml__pack_is_unlinked (&packs->packs[i]))
      {
        azml__packs_forget (packs, (uint32_t)i);
        n++;
      }
  return n;
}

/* What cannot be learnt is as if it were not there: it is stored again, or sent again.  What
   is of use in a pack that is removed is in another before: so that is looked for after.  A
   new one that is removed meanwhile may have been read when it was known no more what is gone
   of it.  */
void
azml__packs_refresh (azml__packs *packs, int folder)
{
  size_t first;
  packs->looked = folder >= 0;
  if (open_folder (packs, folder) < 0)
    return;
  do
    {
      (void)forget_removed (packs, 0);
      first = packs->count;
      meet_all (packs);
      for (size_t i = 0; i < packs->count; i++)
        if (packs->packs[i].fd >= 0 && azml__packs_learn (packs, (uint32_t)i) == 0)
          azml__pack_learn_gone (packs->folder, &packs->packs[i], (uint32_t)i,
                                 &packs->table);
    }
  while (forget_removed (packs, first));
}

azml__packed *
azml__packs_find (azml__packs *packs, int folder, const azml__digest *digest)
{
  if (!packs->looked)
    azml__packs_refresh (packs, folder);
  return azml__packs_known (packs, digest);
}

azml__packed *
azml__packs_known (const azml__packs *packs, const azml__digest *digest)
{
  return azml__pack_table_find (&packs->table, digest);
}

int64_t
azml__packs_changed (const azml__packs *packs, uint32_t number)
{
  struct stat st;
  if (fstat (packs->packs[number].fd, &st) < 0)
    return INT64_MAX;
  return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

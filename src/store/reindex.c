/* reindex.c: the index made anew from the run directories.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   One transaction: readers see the old rows until it ends, a writer waits, and a
   process that is killed leaves the old index.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/cancel.h"
#include "core/random.h"
#include "run/layout.h"
#include "store/internal.h"
#include "store/load.h"

typedef struct entry
{
  ino_t inode;
  char id[AZML__RANDOM_ID_SIZE];
} entry;

/* Inode numbers grow with time on many file systems: in this order the directories
   lie together on the disk, and the rows come in the order of submission.  */
static int
by_inode (const void *a, const void *b)
{
  const entry *x = a, *y = b;
  return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static int
list_runs (DIR *dir, entry **ret, size_t *ret_n, azml_error **err)
{
  size_t n = 0, size = 0;
  AZML_AUTO_FREE entry *all = NULL;
  struct dirent *found;
  while ((found = readdir (dir)))
    {
      if (!azml__run_id_is_valid (found->d_name))
        continue;
      if (n == size)
        {
          size = size ? 2 * size : 256;
          entry *grown = realloc (all, size * sizeof *all);
          if (!grown)
            return azml__error_no_memory (err);
          all = grown;
        }
      all[n].inode = found->d_ino;
      memcpy (all[n++].id, found->d_name, AZML__RANDOM_ID_SIZE);
    }
  if (n)
    qsort (all, n, sizeof *all, by_inode);
  *ret = azml_steal (&all);
  *ret_n = n;
  return 0;
}

static const char *
id_of_entry (const void *ids, size_t i)
{
  return ((const entry *)ids)[i].id;
}

static int
load_run (azml__store *store, azml__loader *loader, azml_error **err)
{
  AZML_CLEANUP (azml__rows_done) azml__rows rows = { 0 };
  int rc = azml__loader_next (loader, &rows, err);
  return rc < 0 ? rc : azml__rows_put (store, &rows, 1, err);
}

/* 1 if an error that came with one run says that no other will do better.  */
static int
is_general (const azml_error *err)
{
  return azml_error_domain (err) == AZML_DOMAIN_STORE
         || azml_error_code (err) == AZML_E_NO_MEMORY;
}

static int
load_runs (azml__store *store, int runs, const entry *all, size_t n,
           azml_cancel *cancel, json_int_t *ret_runs, json_t *skipped,
           azml_error **err)
{
  AZML_AUTO (azml__loader) loader = NULL;
  int rc = azml__loader_new (runs, id_of_entry, all, n, &loader, err);
  for (size_t i = 0; i < n && rc == 0; i++)
    {
      AZML_AUTO (azml_error) problem = NULL;
      rc = i % 64 ? 0 : azml__cancel_check (cancel, err);
      if (rc < 0)
        return rc;
      rc = load_run (store, loader, &problem);
      if (rc == 0)
        {
          ++*ret_runs;
          continue;
        }
      if (is_general (problem))
        {
          azml__error_move (err, &problem);
          return rc;
        }
      json_t *json = json_pack ("{s:s, s:o}", "id", all[i].id, "error",
                                azml__error_to_json (problem));
      if (json_array_append_new (skipped, json) < 0)
        return azml__error_no_memory (err);
      rc = 0;
    }
  return rc;
}

int
azml__reindex_load (azml__store *store, azml_cancel *cancel, json_int_t *runs,
                    json_t *skipped, azml_error **err)
{
  AZML_AUTO_FREE entry *all = NULL;
  size_t n = 0;
  int64_t changed = azml__store_changed (store);
  AZML_AUTO (DIR) dir = opendir (store->runs);
  if (!dir && errno != ENOENT)
    return azml__error_os (err, errno, "open the folder '%s'", store->runs);
  int rc = dir ? list_runs (dir, &all, &n, err) : 0;
  if (rc == 0)
    rc = azml__schema_clear (store->db, err);
  if (rc == 0 && dir)
    rc = load_runs (store, dirfd (dir), all, n, cancel, runs, skipped, err);
  if (rc == 0 && changed && (n == 0 || azml__store_is_settled (changed)))
    rc = azml__store_seen (store, changed, err);
  return rc < 0 ? rc : azml__schema_index (store->db, err);
}

static int
reindex (azml__store *store, azml_cancel *cancel, json_int_t *runs, json_t *skipped,
         azml_error **err)
{
  /* Room for the inner nodes of all the trees.  */
  int rc = azml__store_exec (store->db,
                             "PRAGMA cache_size = -131072; BEGIN IMMEDIATE", err);
  if (rc < 0)
    return rc;
  rc = azml__reindex_load (store, cancel, runs, skipped, err);
  rc = azml__store_end (store->db, rc, err);
  /* The journal has all rows now, and who opens the index next would read all of it.
     Where others go on reading it stays, once the busy timeout is over.  */
  if (rc == 0)
    sqlite3_exec (store->db, "PRAGMA wal_checkpoint (TRUNCATE)", NULL, NULL, NULL);
  sqlite3_exec (store->db, "PRAGMA cache_size = -2000", NULL, NULL, NULL);
  return rc;
}

int
azml__store_reindex (azml__store *store, azml_cancel *cancel, json_t **ret,
                     azml_error **err)
{
  json_int_t runs = 0;
  AZML_AUTO (json_t) skipped = json_array ();
  if (!skipped)
    return azml__error_no_memory (err);
  int rc = azml__store_writable (store, err);
  if (rc < 0)
    return rc;
  rc = reindex (store, cancel, &runs, skipped, err);
  if (rc == AZML_E_CORRUPT && azml__store_recover (store, err) == 0)
    {
      runs = 0;
      json_array_clear (skipped);
      rc = reindex (store, cancel, &runs, skipped, err);
    }
  if (rc < 0)
    return rc;
  json_t *made = json_pack ("{s:I, s:O}", "runs", runs, "skipped", skipped);
  if (!made)
    return azml__error_no_memory (err);
  *ret = made;
  return 0;
}

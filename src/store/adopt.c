/* adopt.c: runs that came into being behind the back of the index.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A run whose client could not say that it is to be expected (expect.c) is known by its
   directory alone; so is one that was copied here.  The folder of the runs is read again
   when it has changed since its state was known.  */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "core/random.h"
#include "run/layout.h"
#include "store/internal.h"

typedef char run_id[AZML__RANDOM_ID_SIZE];

static int
by_name (const void *a, const void *b)
{
  return strcmp (a, b);
}

static int
list_ids (DIR *dir, run_id **ret, size_t *ret_n, azml_error **err)
{
  size_t n = 0, size = 0;
  AZML_AUTO_FREE run_id *all = NULL;
  struct dirent *found;
  while ((found = readdir (dir)))
    {
      if (!azml__run_id_is_valid (found->d_name))
        continue;
      if (n == size)
        {
          size = size ? 2 * size : 256;
          run_id *grown = realloc (all, size * sizeof *all);
          if (!grown)
            return azml__error_no_memory (err);
          all = grown;
        }
      memcpy (all[n++], found->d_name, sizeof *all);
    }
  if (n)
    qsort (all, n, sizeof *all, by_name);
  *ret = azml_steal (&all);
  *ret_n = n;
  return 0;
}

/* Move those of the N ids ALL that have no row to the front; return how many.  */
static int
keep_unknown (azml__store *store, run_id *all, size_t n, size_t *ret,
              azml_error **err)
{
  sqlite3_stmt *s = NULL;
  size_t kept = 0, i = 0;
  int rc = sqlite3_prepare_v2 (store->db, "SELECT id FROM runs ORDER BY id", -1, &s,
                               NULL);
  if (rc != SQLITE_OK)
    return azml__store_error (store->db, rc, err);
  while ((rc = azml__store_step (s, err)) == 1)
    {
      const char *known = (const char *)sqlite3_column_text (s, 0);
      for (; i < n && strcmp (all[i], known) < 0; i++)
        memmove (all[kept++], all[i], sizeof *all);
      if (i < n && strcmp (all[i], known) == 0)
        i++;
    }
  sqlite3_finalize (s);
  for (; rc == 0 && i < n; i++)
    memmove (all[kept++], all[i], sizeof *all);
  *ret = kept;
  return rc;
}

static int
adopt (azml__store *store, DIR *dir, azml_error **err)
{
  AZML_AUTO_FREE run_id *all = NULL;
  size_t n = 0;
  int rc = list_ids (dir, &all, &n, err);
  if (rc == 0)
    rc = keep_unknown (store, all, n, &n, err);
  for (size_t i = 0; i < n && rc == 0; i++)
    {
      AZML_AUTO (azml_error) problem = NULL;
      if (azml__store_refresh (store, all[i], &problem) == 0)
        continue;
      /* A directory that is no run yet, or cannot be read, is not the index's fault.  */
      if (azml_error_domain (problem) != AZML_DOMAIN_STORE)
        continue;
      rc = azml_error_code (problem);
      azml__error_move (err, &problem);
    }
  return rc;
}

int
azml__store_adopt (azml__store *store, azml_error **err)
{
  int64_t seen = 0;
  if (store->problem)
    return 0; /* in memory it was made from the directories just now */
  AZML_AUTO (DIR) dir = opendir (store->runs);
  if (!dir)
    return errno == ENOENT
               ? 0
               : azml__error_os (err, errno, "open the folder '%s'", store->runs);
  int64_t changed = azml__store_changed (store);
  int rc = azml__store_integer (
      store->db, "SELECT ifnull (max (seen), 0) FROM scans", &seen, err);
  if (rc == 0 && changed == seen)
    return 0;
  if (rc == 0)
    rc = adopt (store, dir, err);
  /* Where this cannot be written the folder is read again.  */
  if (rc == 0 && azml__store_is_settled (changed))
    (void)!azml__store_seen (store, changed, NULL);
  return rc;
}

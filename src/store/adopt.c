/* adopt.c: runs that came into being, or went, behind the back of the index.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A run whose client could not say that it is to be expected (expect.c) is known by its
   directory alone; so is one that was copied here.  One whose directory somebody removed is
   no run any more.  The folder of the runs is read again when it has changed since its
   state was known.  */

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

typedef struct list
{
  run_id *all;
  size_t n, size;
} list;

static void
list_done (list *ids)
{
  free (ids->all);
}

static int
list_add (list *ids, const char *id, azml_error **err)
{
  if (ids->n == ids->size)
    {
      size_t size = ids->size ? 2 * ids->size : 256;
      run_id *grown = realloc (ids->all, size * sizeof *ids->all);
      if (!grown)
        return azml__error_no_memory (err);
      ids->all = grown;
      ids->size = size;
    }
  memcpy (ids->all[ids->n++], id, sizeof *ids->all);
  return 0;
}

/* The ids of all directories, in order.  */
static int
list_directories (DIR *dir, list *ret, azml_error **err)
{
  struct dirent *found;
  int rc = 0;
  while (rc == 0 && (found = readdir (dir)))
    if (azml__run_id_is_valid (found->d_name))
      rc = list_add (ret, found->d_name, err);
  if (ret->n)
    qsort (ret->all, ret->n, sizeof *ret->all, by_name);
  return rc;
}

/* Store in RET the ids of HERE, which are in order, that have no row, and those of rows
   that have no directory.  */
static int
find_different (azml__store *store, const list *here, list *ret, azml_error **err)
{
  sqlite3_stmt *s = NULL;
  size_t i = 0;
  int rc = sqlite3_prepare_v2 (store->db, "SELECT id FROM runs ORDER BY id", -1, &s,
                               NULL);
  if (rc != SQLITE_OK)
    return azml__store_error (store->db, rc, err);
  while ((rc = azml__store_step (s, err)) == 1)
    {
      const char *known = (const char *)sqlite3_column_text (s, 0);
      for (rc = 0; rc == 0 && i < here->n && strcmp (here->all[i], known) < 0; i++)
        rc = list_add (ret, here->all[i], err);
      if (i < here->n && strcmp (here->all[i], known) == 0)
        i++;
      else if (rc == 0 && azml__run_id_is_valid (known))
        rc = list_add (ret, known, err);
      if (rc < 0)
        break;
    }
  sqlite3_finalize (s);
  for (; rc == 0 && i < here->n; i++)
    rc = list_add (ret, here->all[i], err);
  return rc;
}

/* 1 if the row of ID, if any, is that of a run that goes on: who lists runs looks at
   these anyway, and one may be on its way.  */
static int
goes_on (azml__store *store, const char *id)
{
  int64_t n = 0;
  char sql[160];
  snprintf (sql, sizeof sql,
            "SELECT count (*) FROM runs WHERE id = '%.12s' AND state NOT IN"
            " ('completed', 'failed', 'canceled', 'lost')",
            id);
  return azml__store_integer (store->db, sql, &n, NULL) < 0 || n > 0;
}

static int
adopt (azml__store *store, DIR *dir, azml_error **err)
{
  AZML_CLEANUP (list_done) list here = { 0 };
  AZML_CLEANUP (list_done) list different = { 0 };
  int rc = list_directories (dir, &here, err);
  if (rc == 0)
    rc = find_different (store, &here, &different, err);
  for (size_t i = 0; i < different.n && rc == 0; i++)
    {
      AZML_AUTO (azml_error) problem = NULL;
      if (goes_on (store, different.all[i]))
        continue;
      if (azml__store_refresh (store, different.all[i], &problem) == 0)
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

/* adopt.c: runs that came into being behind the back of the index.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A client that is killed between the acceptance of its run and the row for it leaves a
   run that only its directory tells of; so does a directory that was copied here.  The
   folder of the runs is read again when it has changed since it was read last.  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
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

/* When the folder was changed, in nanoseconds, or 0 if that is so short ago, or to come,
   that it may be changed again without another time.  */
static int64_t
time_of (DIR *dir)
{
  struct stat st;
  if (fstat (dirfd (dir), &st) < 0)
    return 0;
  int64_t age =
      azml__clock_utc_ms ()
      - ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
  return age < 1000 ? 0
                    : (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
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
      if (err)
        *err = azml_steal (&problem);
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
  int64_t changed = time_of (dir);
  int rc = azml__store_integer (
      store->db, "SELECT ifnull (max (seen), 0) FROM scans", &seen, err);
  if (rc == 0 && changed && changed == seen)
    return 0;
  if (rc == 0)
    rc = adopt (store, dir, err);
  if (rc == 0 && changed)
    {
      char *sql = sqlite3_mprintf ("INSERT OR REPLACE INTO scans VALUES (1, %lld)",
                                   (long long)changed);
      /* Where this cannot be written the folder is read again.  */
      if (sql)
        sqlite3_exec (store->db, sql, NULL, NULL, NULL);
      sqlite3_free (sql);
    }
  return rc;
}

/* collect.c: environments that nobody needs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   HASH, HASH.log and HASH.lock of ROOT/env belong together: they are looked at, and
   removed, by who has the lock alone.  */

#include <config.h>

#include <dirent.h>
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
#include "environment/lock.h"
#include "environment/size.h"

#define TEMPORARY_AGE 3600 /* seconds: nobody replaces a file for so long */

typedef struct collection
{
  const azml__environment_policy *policy;
  const char *path; /* ROOT/env */
  int folder;       /* the same, open */
  json_t *removed;
} collection;

/* The seconds since TIME.  */
static double
since (const struct timespec *time)
{
  int64_t ms = (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
  return (double)(azml__clock_utc_ms () - ms) / 1000;
}

static int64_t
bytes_of (const collection *c, const char *name)
{
  AZML_AUTO_FREE char *path = azml__path_join (c->path, name);
  return path ? azml__size_of_tree (path) : 0;
}

/* Remove the file or folder NAME, unless this is only a trial.  */
static int
drop (const collection *c, const char *name, azml_error **err)
{
  return c->policy->dry_run ? 0 : azml__file_remove_tree (c->folder, name, err);
}

/* Remove the file NAME and say so.  */
static int
drop_file (collection *c, const char *name, azml_error **err)
{
  AZML_AUTO (json_t)
  entry =
      json_pack ("{s:s, s:o, s:I}", "what", "file", "name", azml__json_text (name),
                 "bytes", (json_int_t)bytes_of (c, name));
  int rc = drop (c, name, err);
  if (rc == 0 && (!entry || json_array_append (c->removed, entry) < 0))
    rc = azml__error_no_memory (err);
  return rc;
}

/* Remove the folder NAME, an environment that was last used at USED (NULL: it was never
   finished), and say so.  */
static int
drop_environment (collection *c, const char *name, const struct timespec *used,
                  azml_error **err)
{
  char time[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_FREE char *path = azml__path_join (c->path, name);
  AZML_AUTO_FREE char *stamp = azml__path_join (name, "complete");
  if (!path || !stamp)
    return azml__error_no_memory (err);
  AZML_AUTO (json_t)
  entry = json_pack ("{s:s, s:s, s:I, s:o}", "what", "environment", "name", name,
                     "bytes", (json_int_t)azml__size_of_tree (path), "path",
                     azml__json_text (path));
  if (entry && used)
    json_object_set_new (
        entry, "used",
        json_string (azml__clock_format (
            (int64_t)used->tv_sec * 1000 + used->tv_nsec / 1000000, time)));
  /* Without this it is no environment any more, however far the rest gets.  */
  if (!c->policy->dry_run && unlinkat (c->folder, stamp, 0) < 0 && errno != ENOENT)
    return azml__error_os (err, errno, "remove '%s/complete'", path);
  int rc = drop (c, name, err);
  if (rc == 0 && (!entry || json_array_append (c->removed, entry) < 0))
    rc = azml__error_no_memory (err);
  return rc;
}

/* Look at the folder NAME.  Store 1 in *RET_GONE if there is none (any more).  */
static int
visit_folder (collection *c, const char *name, int *ret_gone, azml_error **err)
{
  struct stat st, complete;
  AZML_AUTO_FREE char *stamp = azml__path_join (name, "complete");
  *ret_gone = 0;
  if (!stamp)
    return azml__error_no_memory (err);
  if (fstatat (c->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      *ret_gone = 1;
      return 0;
    }
  int is_complete = fstatat (c->folder, stamp, &complete, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_complete
          ? c->policy->unused < 0 || since (&complete.st_mtim) < c->policy->unused
          : since (&st.st_ctim) < c->policy->age)
    return 0;
  *ret_gone = 1;
  return drop_environment (c, name, is_complete ? &complete.st_mtim : NULL, err);
}

/* Look at what belongs to environment HASH.  */
static int
visit (collection *c, const char *hash, azml_error **err)
{
  struct stat st;
  int gone;
  AZML_AUTO_FREE char *log = azml__path_format ("%s.log", hash);
  AZML_AUTO_FREE char *lock_name = azml__path_format ("%s.lock", hash);
  if (!log || !lock_name)
    return azml__error_no_memory (err);
  int had_lock = faccessat (c->folder, lock_name, F_OK, 0) == 0;
  AZML_AUTO_CLOSE int lock = azml__lock_try (c->folder, lock_name);
  if (lock < 0)
    return 0; /* it is used or built */
  int rc = visit_folder (c, hash, &gone, err);
  if (rc == 0 && fstatat (c->folder, log, &st, AT_SYMLINK_NOFOLLOW) == 0
      && since (&st.st_mtim) >= c->policy->age)
    rc = drop_file (c, log, err);
  /* Without the environment the lock is worth nothing; only who has it removes it.  */
  if (!had_lock || (rc == 0 && gone && !c->policy->dry_run))
    unlinkat (c->folder, lock_name, 0);
  return rc;
}

/* The hash that NAME begins with (new), if it is one of its three; else NULL.  */
static char *
hash_of (const char *name)
{
  azml__digest digest;
  size_t n = strcspn (name, ".");
  if (name[n] && strcmp (name + n, ".log") != 0 && strcmp (name + n, ".lock") != 0)
    return NULL;
  AZML_AUTO_FREE char *hash = strndup (name, n);
  return hash && azml__digest_parse (hash, &digest) == 0 ? azml_steal (&hash)
                                                         : NULL;
}

/* What replacing a file leaves when it is interrupted.  */
static int
is_temporary (const collection *c, const char *name)
{
  struct stat st;
  size_t n = strlen (name);
  return n > 4 && strcmp (name + n - 4, ".tmp") == 0
         && fstatat (c->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISREG (st.st_mode) && since (&st.st_mtim) >= TEMPORARY_AGE;
}

/* Put what there is into HASHES, as keys, and the names of temporary files into
   FILES.  */
static int
look_around (const collection *c, json_t *hashes, json_t *files, azml_error **err)
{
  AZML_AUTO (DIR) dir = opendir (c->path);
  struct dirent *entry;
  if (!dir)
    return azml__error_os (err, errno, "open the folder '%s'", c->path);
  while ((entry = readdir (dir)))
    {
      AZML_AUTO_FREE char *hash = hash_of (entry->d_name);
      if (hash ? json_object_set_new (hashes, hash, json_true ()) < 0
               : is_temporary (c, entry->d_name)
                     && json_array_append_new (files, json_string (entry->d_name))
                            < 0)
        return azml__error_no_memory (err);
    }
  return 0;
}

int
azml__environment_collect (const char *root, const azml__environment_policy *policy,
                           json_t *removed, azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join (root, "env");
  AZML_AUTO (json_t) hashes = json_object ();
  AZML_AUTO (json_t) files = json_array ();
  const char *hash;
  json_t *value;
  if (!path || !hashes || !files)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return errno == ENOENT
               ? 0
               : azml__error_os (err, errno, "open the folder '%s'", path);
  collection c = { policy, path, folder, removed };
  int rc = look_around (&c, hashes, files, err);
  json_object_foreach (hashes, hash, value)
  {
    if (rc == 0)
      rc = visit (&c, hash, err);
  }
  for (size_t i = 0; rc == 0 && i < json_array_size (files); i++)
    rc = drop_file (&c, json_string_value (json_array_get (files, i)), err);
  return rc;
}

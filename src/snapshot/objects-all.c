/* objects-all.c: all the contents of a store.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "snapshot/objects.h"
#include "snapshot/packs.h"

/* Store the open folder NAME of OBJECTS in *RET; NULL if there is none.  */
static int
open_dir (azml__objects *objects, const char *name, DIR **ret, azml_error **err)
{
  int fd = azml__objects_fd (objects);
  if (fd >= 0)
    fd = openat (fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
    {
      *ret = NULL;
      return 0;
    }
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (!dir)
    {
      int rc = azml__error_os (err, errno, "read the object store's '%s'", name);
      if (fd >= 0)
        close (fd);
      return rc;
    }
  *ret = dir;
  return 0;
}

/* When a file with the status ST was changed, in any way.  */
static int64_t
changed_ns (const struct stat *st)
{
  return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

static int
visit_folder (azml__objects *objects, const char *prefix,
              azml__objects_visitor *each, void *data, azml_error **err)
{
  AZML_AUTO (DIR) dir = NULL;
  int rc = open_dir (objects, prefix, &dir, err);
  for (struct dirent *entry; rc == 0 && dir && (entry = readdir (dir));)
    {
      char hex[AZML__DIGEST_HEX_SIZE];
      azml__digest digest;
      struct stat st;
      if (strlen (entry->d_name) != sizeof hex - 3)
        continue;
      memcpy (hex, prefix, 2);
      memcpy (hex + 2, entry->d_name, sizeof hex - 2);
      if (azml__digest_parse (hex, &digest) == 0
          && fstatat (dirfd (dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISREG (st.st_mode))
        rc = each (&digest, (uint64_t)st.st_size, changed_ns (&st), data, err);
    }
  return rc;
}

/* Is RECORD to be visited?  Not when it is gone, nor once more when several added it at
   once.  */
static int
is_first (azml__objects *objects, const azml__packed *record)
{
  char name[AZML__OBJECT_NAME_SIZE];
  struct stat st;
  return azml__pack_table_find (&azml__objects_packs (objects)->table,
                                &record->digest)
             == record
         && fstatat (azml__objects_fd (objects),
                     azml__object_name (&record->digest, name), &st,
                     AT_SYMLINK_NOFOLLOW)
                < 0;
}

static int
visit_packs (azml__objects *objects, azml__objects_visitor *each, void *data,
             azml_error **err)
{
  azml__packs *packs = azml__objects_packs (objects);
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < packs->table.linked; i++)
    {
      azml__packed record = packs->table.records[i];
      if (is_first (objects, &packs->table.records[i]))
        rc = each (&record.digest, record.size,
                   azml__packs_changed (packs, record.pack), data, err);
    }
  return rc;
}

int
azml__objects_each (azml__objects *objects, azml__objects_visitor *each, void *data,
                    azml_error **err)
{
  static const char digits[] = "0123456789abcdef";
  azml__packs *packs = azml__objects_packs (objects);
  int rc = 0;
  azml__packs_refresh (packs, azml__objects_fd (objects));
  /* What is in a pack may be a file as well, and is removed with it.  */
  azml__packs_begin_bulk (packs);
  for (int i = 0; rc == 0 && i < 256; i++)
    {
      char prefix[3] = { digits[i >> 4], digits[i & 15], '\0' };
      rc = visit_folder (objects, prefix, each, data, err);
    }
  if (rc == 0)
    rc = visit_packs (objects, each, data, err);
  int noted = azml__packs_end_bulk (packs, rc < 0 ? NULL : err);
  return rc ? rc : noted;
}

int
azml__objects_tidy (azml__objects *objects, azml_error **err)
{
  return azml__packs_tidy (azml__objects_packs (objects),
                           azml__objects_fd (objects), err);
}

static int
is_left (const char *name)
{
  return strncmp (name, ".tmp-", 5) == 0 || strncmp (name, ".part-", 6) == 0;
}

/* Is NAME something about the pack of which it has the name?  That comes first, and goes
   first.  */
static int
is_left_of_pack (int folder, const char *name)
{
  azml__pack pack = { .fd = -1 };
  char other[AZML__PACK_NAME];
  struct stat st;
  size_t n = strlen (name);
  if (strcspn (name, ".") != 12 || n < 17)
    return 0;
  memcpy (pack.id, name, 12);
  if (strcmp (name + n - 4, ".tmp") == 0)
    return 1;
  return (strcmp (name + 12, ".index") == 0 || strcmp (name + 12, ".gone") == 0)
         && fstatat (folder, azml__pack_name (&pack, "pack", other), &st,
                     AT_SYMLINK_NOFOLLOW)
                < 0
         && errno == ENOENT;
}

typedef struct sweep
{
  time_t before;
  int dry_run;
  uint64_t files, bytes;
} sweep;

/* Sweep the folder NAME, of the packs or of all.  */
static int
sweep_folder (azml__objects *objects, const char *name, sweep *s, azml_error **err)
{
  AZML_AUTO (DIR) dir = NULL;
  int packs = strcmp (name, AZML__PACKS_FOLDER) == 0;
  int rc = open_dir (objects, name, &dir, err);
  for (struct dirent *entry; rc == 0 && dir && (entry = readdir (dir));)
    {
      struct stat st;
      if (!(packs ? is_left_of_pack (dirfd (dir), entry->d_name)
                  : is_left (entry->d_name))
          || fstatat (dirfd (dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0
          || st.st_mtime > s->before)
        continue;
      if (!s->dry_run && unlinkat (dirfd (dir), entry->d_name, 0) < 0
          && errno != ENOENT)
        rc = azml__error_os (err, errno, "remove '%s'", entry->d_name);
      s->files++;
      s->bytes += (uint64_t)st.st_size;
    }
  return rc;
}

int
azml__objects_sweep (azml__objects *objects, int64_t age, int dry_run,
                     uint64_t *ret_files, uint64_t *ret_bytes, azml_error **err)
{
  sweep s = { .before = time (NULL) - age, .dry_run = dry_run };
  int rc = sweep_folder (objects, ".", &s, err);
  if (rc == 0)
    rc = sweep_folder (objects, AZML__PACKS_FOLDER, &s, err);
  if (rc < 0)
    return rc;
  *ret_files = s.files;
  *ret_bytes = s.bytes;
  return 0;
}

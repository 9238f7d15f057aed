/* garbage.c: what nothing refers to, removed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Nothing that a run names is touched, nor anything younger than the age asked for: a
   snapshot that is being sent belongs to no run yet.  One run whose snapshot cannot be
   told keeps all objects.  */

#include <config.h>

#include "serve/garbage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "environment/environment.h"
#include "environment/size.h"
#include "runner/spare.h"
#include "serve/runners.h"
#include "snapshot/manifest.h"

typedef struct gc
{
  const azml__layout *layout;
  int dry_run;
  double age;
  json_t *removed;
  azml__objects *objects;
  azml__buffer wanted; /* digests, sorted later */
  int blind;           /* a run's snapshot cannot be told */
} gc;

static int
note (gc *g, const char *what, const char *name, int64_t bytes, azml_error **err)
{
  json_t *entry = json_pack ("{s:s, s:o, s:I}", "what", what, "name",
                             azml__json_text (name), "bytes", (json_int_t)bytes);
  return entry && json_array_append_new (g->removed, entry) == 0
             ? 0
             : azml__error_no_memory (err);
}

/* 1 if NAME of FOLDER was not touched for the age.  */
static int
is_old (const gc *g, int folder, const char *name)
{
  struct stat st;
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return 0;
  int64_t changed =
      (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
  return (double)(azml__clock_utc_ms () - changed) >= g->age * 1000;
}

/* The lock of NAME (a file or a folder) in FOLDER: its descriptor, or -1 if somebody
   holds it.  */
static int
lock (int folder, const char *name)
{
  AZML_AUTO_CLOSE int fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int locked = 0;
  if (fd < 0 || azml__file_try_lock (fd, &locked, NULL) < 0 || !locked)
    return -1;
  return azml__steal_fd (&fd);
}

/* Remove NAME of FOLDER, which is BASE on the whole.  */
static int
remove_named (gc *g, int folder, const char *base, const char *name,
              const char *what, azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join (base, name);
  if (!path)
    return azml__error_no_memory (err);
  int64_t bytes = azml__size_of_tree (path);
  int rc = g->dry_run ? 0 : azml__file_remove_tree (folder, name, err);
  return rc < 0 ? rc : note (g, what, name, bytes, err);
}

static void
want (gc *g, const char *hex)
{
  azml__digest digest;
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  if (!hex)
    return;
  if (azml__digest_parse (hex, &digest) < 0)
    g->blind = 1;
  else
    azml__buffer_add (&g->wanted, &digest, sizeof digest);
  if (g->blind || azml__manifest_load (g->objects, &digest, &manifest, NULL) < 0)
    return; /* a manifest that is gone refers to nothing */
  for (size_t i = 0; i < manifest.count; i++)
    if (strchr ("fx", manifest.entries[i].type))
      azml__buffer_add (&g->wanted, &manifest.entries[i].digest, sizeof digest);
}

/* Remember what the run in the open FOLDER refers to.  */
static void
want_of_run (gc *g, int folder)
{
  AZML_AUTO (json_t) run = NULL;
  AZML_AUTO (json_t) job = NULL;
  if (azml__json_read (folder, "run.json", &run, NULL) < 0)
    g->blind = 1;
  want (g, azml__json_string (json_object_get (run, "snapshot"), "digest"));
  if (azml__json_read (folder, "job.json", &job, NULL) == 0)
    want (g, azml__json_string (job, "snapshot"));
}

/* What replacing a file leaves when it is interrupted: NAME.<12 random>.tmp.  */
static int
is_temporary (const char *name)
{
  size_t n = strlen (name);
  char id[13];
  if (n < 18 || strcmp (name + n - 4, ".tmp") != 0 || name[n - 17] != '.')
    return 0;
  memcpy (id, name + n - 16, 12);
  id[12] = '\0';
  return azml__run_id_is_valid (id);
}

/* Remove those from the open FOLDER, which is PATH.  */
static int
clean_temporaries (gc *g, int folder, const char *path, azml_error **err)
{
  AZML_AUTO (DIR) dir = azml__folder_entries (folder, ".");
  struct dirent *entry;
  int rc = 0;
  if (!dir)
    return 0;
  while (rc == 0 && (entry = readdir (dir)))
    if (is_temporary (entry->d_name) && is_old (g, folder, entry->d_name))
      rc = remove_named (g, folder, path, entry->d_name, "file", err);
  return rc;
}

/* NAME in the folder RUNS: a run, one that was never accepted, or not ours.  */
static int
visit_run (gc *g, int runs, const char *name, azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join (g->layout->runs, name);
  int aside = azml__run_is_aside (name);
  if (!path)
    return azml__error_no_memory (err);
  if (!aside && !azml__run_id_is_valid (name))
    return 0;
  AZML_AUTO_CLOSE int folder =
      openat (runs, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0)
    return 0;
  AZML_AUTO_CLOSE int locked =
      aside && is_old (g, runs, name) ? lock (runs, name) : -1;
  if (locked >= 0)
    return remove_named (g, runs, g->layout->runs, name, "run", err);
  if (aside)
    g->blind = 1; /* somebody fills it right now */
  else
    want_of_run (g, folder);
  return aside ? 0 : clean_temporaries (g, folder, path, err);
}

/* Remove the source trees that no run took.  */
static int
clean_spares (gc *g, int runs, azml_error **err)
{
  int64_t trees = 0, bytes = 0;
  int rc = azml__spare_collect (runs, g->layout->runs, g->age, g->dry_run, &trees,
                                &bytes, err);
  return rc < 0 || !trees ? rc : note (g, "file", "runs/.spare", bytes, err);
}

static int
clean_runs (gc *g, azml_error **err)
{
  AZML_AUTO (DIR) dir = opendir (g->layout->runs);
  struct dirent *entry;
  int rc = 0;
  if (!dir && errno != ENOENT)
    return azml__error_os (err, errno, "open the folder '%s'", g->layout->runs);
  while (rc == 0 && dir && (entry = readdir (dir)))
    rc = visit_run (g, dirfd (dir), entry->d_name, err);
  return rc < 0 || !dir ? rc : clean_spares (g, dirfd (dir), err);
}

static int
compare_digests (const void *a, const void *b)
{
  return memcmp (a, b, sizeof (azml__digest));
}

static int
visit_object (const azml__digest *digest, uint64_t size, int64_t changed_ns,
              void *data, azml_error **err)
{
  gc *g = data;
  char hex[AZML__DIGEST_HEX_SIZE];
  if (bsearch (digest, g->wanted.data, g->wanted.length / sizeof *digest,
               sizeof *digest, compare_digests)
      || (double)(azml__clock_utc_ms () - changed_ns / 1000000) < g->age * 1000)
    return 0;
  int rc = g->dry_run ? 0 : azml__objects_remove (g->objects, digest, err);
  return rc < 0 ? rc
                : note (g, "object", azml__digest_hex (digest, hex), (int64_t)size,
                        err);
}

static int
clean_objects (gc *g, azml_error **err)
{
  uint64_t files, bytes;
  int rc = azml__objects_sweep (g->objects, (int64_t)g->age, g->dry_run, &files,
                                &bytes, err);
  if (rc == 0 && files)
    rc = note (g, "file", "objects/.tmp-*", (int64_t)bytes, err);
  if (rc == 0 && !azml__buffer_ok (&g->wanted))
    rc = azml__error_no_memory (err);
  if (rc < 0 || g->blind)
    return rc;
  if (g->wanted.length)
    qsort (g->wanted.data, g->wanted.length / sizeof (azml__digest),
           sizeof (azml__digest), compare_digests);
  rc = azml__objects_each (g->objects, visit_object, g, err);
  return rc < 0 || g->dry_run ? rc : azml__objects_tidy (g->objects, err);
}

/* A client that is killed leaves such a file among what the next would remember.  */
static int
clean_cache (gc *g, azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join (g->layout->root, "cache");
  if (!path)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return folder < 0 ? 0 : clean_temporaries (g, folder, path, err);
}

/* Remove environments that were never finished.  */
static int
clean_environments (gc *g, azml_error **err)
{
  azml__environment_policy policy = { .dry_run = g->dry_run,
                                      .age = g->age,
                                      .unused = -1 };
  return azml__environment_collect (g->layout->root, &policy, g->removed, err);
}

int
azml__garbage_collect (const azml__layout *layout, int dry_run, double age,
                       json_t **ret, azml_error **err)
{
  gc g = { .layout = layout,
           .dry_run = dry_run,
           .age = age,
           .removed = json_array (),
           .wanted = AZML__BUFFER_INIT };
  AZML_AUTO (json_t) removed = g.removed;
  AZML_AUTO (azml__objects) objects = NULL;
  int rc = removed ? azml__objects_open (layout->objects, &objects, err)
                   : azml__error_no_memory (err);
  g.objects = objects;
  if (rc == 0)
    rc = clean_runs (&g, err);
  if (rc == 0)
    rc = clean_objects (&g, err);
  if (rc == 0)
    rc = clean_cache (&g, err);
  if (rc == 0)
    rc = clean_environments (&g, err);
  if (rc == 0)
    rc = azml__runners_collect (layout, dry_run, age, removed, err);
  azml__buffer_done (&g.wanted);
  if (rc == 0)
    *ret = azml_steal (&removed);
  return rc;
}

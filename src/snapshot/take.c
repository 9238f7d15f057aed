/* take.c: store a source tree by content.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/snapshot.h"

#include <string.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/json.h"
#include "snapshot/cache.h"
#include "snapshot/content.h"
#include "snapshot/tracked.h"
#include "snapshot/walk.h"

#define LARGEST 10
#define PROGRESS_FILES 256
#define PROGRESS_BYTES ((uint64_t)64 << 20)

typedef struct taking
{
  const azml__snapshot_options *options;
  azml__walk *walk;
  azml__cache *cache;
  azml__content content;
  uint64_t files, bytes; /* seen */
  uint64_t digested;
  uint64_t cached;     /* found in the cache, and to be found again as it is */
  uint64_t looked_for; /* objects that the cache was not sure of */
  uint64_t told_files, told_bytes;
} taking;

static void
tell_progress (taking *t)
{
  const azml__snapshot_options *options = t->options;
  if (!options->progress
      || (t->files - t->told_files < PROGRESS_FILES
          && t->bytes - t->told_bytes < PROGRESS_BYTES))
    return;
  t->told_files = t->files;
  t->told_bytes = t->bytes;
  options->progress (t->files, t->bytes, options->data);
}

/* Is the object DIGEST of SIZE bytes, which the cache named, in the store?  */
static int
is_stored (taking *t, const azml__digest *digest, uint64_t size)
{
  if (azml__cache_is_stored (t->cache, digest))
    return 1;
  t->looked_for++;
  return azml__objects_has_size (t->content.objects, digest, size);
}

/* Find or make the digest of ENTRY.  Store 0 in *RET_FOUND if its file is gone.  */
static int
take_file (taking *t, azml__walk_entry *entry, int *ret_found, azml_error **err)
{
  azml__manifest_entry *file = &entry->entry;
  uint64_t last_size = entry->key.size;
  const azml__digest *last =
      azml__cache_find (t->cache, file->path, &entry->key, &entry->settled);
  *ret_found = 1;
  if (last && entry->settled
      && (t->options->dry_run || is_stored (t, last, entry->key.size)))
    {
      file->digest = *last;
      t->cached++;
      return 0;
    }
  t->digested++;
  if (t->options->dry_run)
    return 0;
  if (!last)
    last = azml__cache_last (t->cache, &last_size);
  return azml__content_store (&t->content, entry, last, last_size, ret_found, err);
}

/* Go through the entries; those whose file is gone are dropped.  */
static int
take_all (taking *t, azml_error **err)
{
  azml__walk *walk = t->walk;
  size_t kept = 0;
  int rc = 0;
  for (size_t i = 0; i < walk->count; i++)
    {
      azml__walk_entry *entry = &walk->entries[i];
      int is_content = entry->entry.type == 'f' || entry->entry.type == 'x';
      int found = 1;
      if (rc == 0)
        rc = azml__cancel_check (t->options->cancel, err);
      if (rc == 0 && is_content)
        rc = take_file (t, entry, &found, err);
      if (!found)
        {
          free (entry->entry.path);
          continue;
        }
      t->files += entry->entry.type != 'd';
      t->bytes += is_content ? entry->entry.size : 0;
      walk->entries[kept++] = *entry;
      if (rc == 0)
        tell_progress (t);
    }
  walk->count = kept;
  return rc;
}

/* Put the entries of the walk into a manifest, store it, and put its digest into
 *RET.  */
static int
store_manifest (taking *t, azml__digest *ret, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE azml__manifest_entry *entries =
      malloc ((t->walk->count + 1) * sizeof *entries);
  if (!entries)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < t->walk->count; i++)
    entries[i] = t->walk->entries[i].entry;
  /* The walk goes on to own what the entries hold.  */
  azml__manifest manifest = { entries, t->walk->count, t->walk->count };
  int rc = azml__manifest_encode (&manifest, &text, err);
  return rc < 0 ? rc
                : azml__objects_add (t->content.objects, text.data, text.length,
                                     ret, err);
}

static int
set_names (json_t *report, const char *key, const azml__walk_names *names)
{
  json_t *list = json_array ();
  for (size_t i = 0; i < names->count; i++)
    json_array_append_new (
        list, azml__json_bytes (names->names[i], strlen (names->names[i])));
  return json_array_size (list) == names->count
             ? json_object_set_new (report, key, list)
             : (json_decref (list), -1);
}

static int
set_largest (json_t *report, const azml__walk *walk)
{
  const azml__manifest_entry *largest[LARGEST + 1];
  size_t n = 0;
  json_t *list = json_array ();
  for (size_t i = 0; i < walk->count; i++)
    {
      const azml__manifest_entry *entry = &walk->entries[i].entry;
      if (entry->type != 'f' && entry->type != 'x')
        continue;
      size_t at = n;
      for (; at > 0 && largest[at - 1]->size < entry->size; at--)
        largest[at] = largest[at - 1];
      if (at < LARGEST)
        largest[at] = entry;
      n += n < LARGEST;
    }
  for (size_t i = 0; i < n; i++)
    {
      const char *path = largest[i]->path;
      json_array_append_new (list,
                             json_pack ("{s:o, s:I}", "path",
                                        azml__json_bytes (path, strlen (path)),
                                        "bytes", (json_int_t)largest[i]->size));
    }
  return json_object_set_new (report, "largest", list);
}

static int
make_report (const taking *t, const azml__digest *digest, int64_t start,
             json_t **ret, azml_error **err)
{
  const azml__walk *walk = t->walk;
  char hex[AZML__DIGEST_HEX_SIZE];
  AZML_AUTO (json_t)
  report =
      json_pack ("{s:I, s:I, s:I, s:I, s:f}", "files", (json_int_t)t->files,
                 "bytes", (json_int_t)t->bytes, "digested", (json_int_t)t->digested,
                 "ignored_count", (json_int_t)walk->ignored.total, "seconds",
                 (double)(azml__clock_boot_us () - start) / 1e6);
  int bad = !report;
  if (!bad && !t->options->dry_run)
    bad = json_object_set_new (report, "digest",
                               json_string (azml__digest_hex (digest, hex)));
  if (!bad && walk->ignore_file)
    bad = json_object_set_new (report, "ignore_file",
                               json_string (walk->ignore_file));
  bad = bad || set_names (report, "ignored", &walk->ignored)
        || set_names (report, "special", &walk->special)
        || set_largest (report, walk);
  if (bad)
    return azml__error_no_memory (err);
  *ret = azml_steal (&report);
  return 0;
}

static int
walk_tracked (const char *source, const azml__snapshot_options *options,
              azml__walk *walk, azml_error **err)
{
  AZML_CLEANUP (azml__tracked_done) azml__tracked tracked = AZML__TRACKED_INIT;
  int rc = azml__tracked_list (source, options->cancel, &tracked, err);
  if (rc < 0)
    return rc;
  /* What git tracks and somebody removed is not part of what runs.  */
  return azml__walk_listed (source, (const char *const *)tracked.names,
                            tracked.count, 0, options->cancel, walk, err);
}

static int
walk_what (const char *source, const azml__snapshot_options *options,
           azml__walk *walk, azml_error **err)
{
  if (options->tracked)
    return walk_tracked (source, options, walk, err);
  if (!options->only)
    return azml__walk_source (source, options->cancel, walk, err);
  return azml__walk_listed (source, options->only, options->n_only, options->strict,
                            options->cancel, walk, err);
}

int
azml__snapshot_take (const char *source, azml__objects *objects,
                     const azml__snapshot_options *options, json_t **ret_report,
                     azml_error **err)
{
  static const azml__snapshot_options defaults;
  AZML_AUTO_WALK walk = AZML__WALK_INIT;
  AZML_AUTO (azml__cache) cache = NULL;
  AZML_AUTO_FREE char *buffer = malloc (AZML__CONTENT_BUFFER);
  int64_t start = azml__clock_boot_us ();
  azml__digest digest = { { 0 } };
  if (!options)
    options = &defaults;
  int rc = buffer ? walk_what (source, options, &walk, err)
                  : azml__error_no_memory (err);
  if (rc == 0)
    rc = azml__cache_load (options->cache, objects, &cache, err);
  if (rc < 0)
    return rc;
  taking t = { .options = options, .walk = &walk, .cache = cache };
  t.content = (azml__content){ objects,         walk.root, buffer,
                               options->cancel, 1,         options->tap };
  rc = take_all (&t, err);
  if (rc == 0 && !options->dry_run)
    rc = store_manifest (&t, &digest, err);
  if (rc == 0)
    rc = azml__objects_rest (objects, err);
  if (rc < 0)
    return rc;
  /* Without its cache the next snapshot is slower, nothing worse.  */
  if (options->cache && !options->dry_run
      && (t.digested || azml__cache_is_stale (cache, t.cached, t.looked_for)))
    (void)!azml__cache_save (options->cache, objects, walk.entries, walk.count,
                             NULL);
  return make_report (&t, &digest, start, ret_report, err);
}

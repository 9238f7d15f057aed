/* snapshot.c: the snapshots of a project, for programs that use the library.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <azml/snapshot.h>

#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "run/project.h"
#include "run/text.h"
#include "snapshot/cache.h"
#include "snapshot/snapshot.h"

static int
read_options (const azml_snapshot_options *given, azml_snapshot_options *ret,
              azml_error **err)
{
  *ret = (azml_snapshot_options)AZML_SNAPSHOT_OPTIONS_INIT;
  if (given && given->size > sizeof *ret)
    return azml__error (err, AZML_E_INVALID,
                        "the options are of a newer version of the library");
  if (given)
    memcpy (ret, given, given->size);
  if (ret->cache && (!*ret->cache || strchr (ret->cache, '/')))
    return azml__error (err, AZML_E_INVALID, "'%s' is no name of a cache",
                        ret->cache);
  return 0;
}

int
azml_snapshot_take (azml_project *project, const char *source,
                    const azml_snapshot_options *options, azml_cancel *cancel,
                    char **ret, azml_error **err)
{
  const azml__project *places = azml__project_of (project);
  azml_snapshot_options given;
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO (json_t) report = NULL;
  int rc = read_options (options, &given, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *prefix =
      given.cache ? azml__path_format ("%s/cache/%s", places->folder, given.cache)
                  : NULL;
  AZML_AUTO_FREE char *cache = prefix ? azml__cache_file (prefix, source) : NULL;
  if (given.cache && !cache)
    return azml__error_no_memory (err);
  azml__snapshot_options inner = { .cache = cache,
                                   .cancel = cancel,
                                   .only = given.files,
                                   .n_only = given.n_files,
                                   .tracked = given.tracked,
                                   .strict = 1 };
  rc = azml__objects_open (places->objects, &objects, err);
  if (rc == 0)
    rc = azml__snapshot_take (source, objects, &inner, &report, err);
  return rc < 0 ? rc : azml__text_json (report, ret, err);
}

static int
add_change (json_t *changes, const azml__manifest_entry *entry, const char *change,
            azml_error **err)
{
  json_t *json = json_pack ("{s:o, s:s}", "path", azml__json_text (entry->path),
                            "change", change);
  return json_array_append_new (changes, json) < 0 ? azml__error_no_memory (err)
                                                   : 0;
}

static int
same (const azml__manifest_entry *a, const azml__manifest_entry *b)
{
  if (a->type != b->type)
    return 0;
  if (a->type == 'l')
    return strcmp (a->target, b->target) == 0;
  return a->type == 'd' || memcmp (&a->digest, &b->digest, sizeof a->digest) == 0;
}

static int
compare (const azml__manifest *a, const azml__manifest *b, json_t *changes,
         azml_error **err)
{
  size_t i = 0, j = 0;
  int rc = 0;
  while (rc == 0 && (i < a->count || j < b->count))
    {
      int order = i == a->count   ? 1
                  : j == b->count ? -1
                                  : strcmp (a->entries[i].path, b->entries[j].path);
      if (order < 0)
        rc = add_change (changes, &a->entries[i], "removed", err);
      else if (order > 0)
        rc = add_change (changes, &b->entries[j], "added", err);
      else if (!same (&a->entries[i], &b->entries[j]))
        rc = add_change (changes, &b->entries[j], "changed", err);
      i += order <= 0;
      j += order >= 0;
    }
  return rc;
}

static int
load (azml__objects *objects, const char *hex, azml__manifest *ret,
      azml_error **err)
{
  azml__digest digest;
  if (azml__digest_parse (hex, &digest) < 0)
    return azml__error (err, AZML_E_INVALID, "'%s' is not a digest", hex);
  return azml__manifest_load (objects, &digest, ret, err);
}

int
azml_snapshot_compare (azml_project *project, const char *a, const char *b,
                       char **ret, azml_error **err)
{
  const azml__project *places = azml__project_of (project);
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO (json_t) changes = json_array ();
  AZML_AUTO_MANIFEST one = AZML__MANIFEST_INIT;
  AZML_AUTO_MANIFEST other = AZML__MANIFEST_INIT;
  if (!changes)
    return azml__error_no_memory (err);
  int rc = azml__objects_open (places->objects, &objects, err);
  if (rc == 0)
    rc = load (objects, a, &one, err);
  if (rc == 0)
    rc = load (objects, b, &other, err);
  if (rc == 0)
    rc = compare (&one, &other, changes, err);
  return rc < 0 ? rc : azml__text_json (changes, ret, err);
}

/* snapshot.c: source trees, stored by content.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/snapshot.h"

#include <string.h>

#include "core/path.h"
#include "guile/binding.h"

struct take
{
  const char *source, *objects, *cache;
  int dry_run;
  json_t *report;
  azml_error *err;
  int rc;
};

/* The cache file of the folder SOURCE (new): a project may have several, which must
   not replace each other's.  */
static char *
cache_of (const char *prefix, const char *source)
{
  AZML_AUTO_FREE char *real = realpath (source, NULL);
  const char *name = real ? real : source;
  char hex[AZML__DIGEST_HEX_SIZE];
  azml__digest digest;
  azml__sha256_bytes (name, strlen (name), &digest);
  return azml__path_format ("%s-%.8s", prefix, azml__digest_hex (&digest, hex));
}

static void *
take_work (void *data)
{
  struct take *t = data;
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO_FREE char *cache = t->cache ? cache_of (t->cache, t->source) : NULL;
  azml__snapshot_options options = { .cache = cache,
                                     .dry_run = t->dry_run,
                                     .cancel = azml__guile_cancel () };
  t->rc = azml__objects_open (t->objects, &objects, &t->err);
  if (t->rc == 0)
    t->rc = azml__snapshot_take (t->source, objects, &options, &t->report, &t->err);
  return NULL;
}

/* Take a snapshot of the folder SOURCE into the store OBJECTS with the help of a cache
   file whose name starts with CACHE (#f: none); DRY_RUN: only look.  Return the report.  */
static SCM
snapshot_take (SCM source, SCM objects, SCM cache, SCM dry_run)
{
  static const char who[] = "%snapshot-take";
  struct take t = { .source = azml__guile_to_text (source, who, 1),
                    .objects = azml__guile_to_text (objects, who, 2),
                    .cache = azml__guile_to_text_or_null (cache, who, 3),
                    .dry_run = scm_to_bool (dry_run) };
  azml__guile_blocking (take_work, &t);
  scm_remember_upto_here (source, objects, cache);
  if (t.rc < 0)
    azml__guile_throw (who, t.err);
  return azml__guile_take_json (t.report);
}

void
azml__guile_init_snapshot (void)
{
  azml__guile_define ("%snapshot-take", 4, 0, snapshot_take);
}

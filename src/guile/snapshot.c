/* snapshot.c: source trees, stored by content.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/snapshot.h"

#include <string.h>

#include "core/json.h"
#include "guile/binding.h"
#include "guile/session.h"
#include "run/ahead.h"
#include "snapshot/cache.h"
#include "snapshot/mend.h"

struct take
{
  const char *source, *objects, *cache;
  int dry_run;
  char **only;            /* NULL: the whole folder */
  azml__session *session; /* over which it is sent meanwhile, or NULL */
  int tracked;            /* what git tracks */
  json_t *report;
  azml_error *err;
  int rc;
};

static void *
take_work (void *data)
{
  struct take *t = data;
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO_FREE char *cache =
      t->cache ? azml__cache_file (t->cache, t->source) : NULL;
  azml__snapshot_options options = { .cache = cache,
                                     .dry_run = t->dry_run,
                                     .only = (const char *const *)t->only,
                                     .tracked = t->tracked,
                                     .strict = 1,
                                     .cancel = azml__guile_cancel () };
  while (t->only && t->only[options.n_only])
    options.n_only++;
  t->rc = azml__objects_open (t->objects, &objects, &t->err);
  if (t->rc == 0 && t->session)
    t->rc = azml__snapshot_take_ahead (t->source, objects, t->objects, t->session,
                                       &options, &t->report, &t->err);
  else if (t->rc == 0)
    t->rc = azml__snapshot_take (t->source, objects, &options, &t->report, &t->err);
  return NULL;
}

/* Take a snapshot of the folder SOURCE into the store OBJECTS with the help of a cache
   file whose name starts with CACHE (#f: none); DRY_RUN: only look; FILES, a list: of
   these alone, #t: of what git tracks; SESSION: send it meanwhile.  Return the report.  */
static SCM
snapshot_take (SCM source, SCM objects, SCM cache, SCM dry_run, SCM files,
               SCM session)
{
  static const char who[] = "%snapshot-take";
  struct take t = { .source = azml__guile_to_text (source, who, 1),
                    .objects = azml__guile_to_text (objects, who, 2),
                    .cache = azml__guile_to_text_or_null (cache, who, 3),
                    .dry_run = scm_to_bool (dry_run) };
  if (scm_is_eq (files, SCM_BOOL_T))
    t.tracked = 1;
  else if (!SCM_UNBNDP (files) && scm_is_true (files))
    t.only = azml__guile_to_texts (files, who, 5);
  azml__guile_box *box =
      SCM_UNBNDP (session) || scm_is_false (session)
          ? NULL
          : azml__guile_take (session, &azml__guile_session_type, who, 6);
  t.session = box ? azml__guile_pointer (box) : NULL;
  azml__guile_blocking (take_work, &t);
  if (box)
    azml__guile_release (box);
  scm_remember_upto_here (source, objects, cache, files);
  if (t.rc < 0)
    azml__guile_throw (who, t.err);
  return azml__guile_take_json (t.report);
}

struct stored
{
  const char *objects, *target;
  azml__digest digest;
  json_t *result, *wanted;
  uint64_t bytes;
  azml_error *err;
  int rc;
};

static struct stored
stored_arguments (SCM objects, SCM digest, const char *who)
{
  struct stored s = { .objects = azml__guile_to_text (objects, who, 1) };
  const char *hex = azml__guile_to_text (digest, who, 2);
  if (azml__digest_parse (hex, &s.digest) < 0)
    s.rc = azml__error (&s.err, AZML_E_INVALID, "'%s' is not a digest", hex);
  return s;
}

static json_t *
entry_json (const azml__manifest_entry *entry)
{
  char hex[AZML__DIGEST_HEX_SIZE], type[2] = { entry->type, '\0' };
  json_t *json =
      json_pack ("{s:s, s:o}", "type", type, "path", azml__json_text (entry->path));
  if (json && entry->type == 'l')
    json_object_set_new (json, "target", azml__json_text (entry->target));
  else if (json && entry->type != 'd')
    {
      json_object_set_new (json, "size", json_integer ((json_int_t)entry->size));
      json_object_set_new (json, "digest",
                           json_string (azml__digest_hex (&entry->digest, hex)));
    }
  return json;
}

/* The manifest of what is stored.  */
static int
load (struct stored *s, azml__manifest *manifest)
{
  AZML_AUTO (azml__objects) objects = NULL;
  s->rc = azml__objects_open (s->objects, &objects, &s->err);
  if (s->rc == 0)
    s->rc = azml__manifest_load (objects, &s->digest, manifest, &s->err);
  return s->rc;
}

static void *
files_work (void *data)
{
  struct stored *s = data;
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  if (load (s, &manifest) < 0)
    return NULL;
  s->result = json_array ();
  for (size_t i = 0; i < manifest.count; i++)
    json_array_append_new (s->result, entry_json (&manifest.entries[i]));
  if (json_array_size (s->result) != manifest.count)
    s->rc = azml__error_no_memory (&s->err);
  return NULL;
}

/* The files of the snapshot DIGEST in the store OBJECTS: a vector of type, path, and
   size and digest, or target.  */
static SCM
snapshot_files (SCM objects, SCM digest)
{
  static const char who[] = "%snapshot-files";
  struct stored s = stored_arguments (objects, digest, who);
  if (s.rc == 0)
    azml__guile_blocking (files_work, &s);
  scm_remember_upto_here_1 (objects);
  if (s.rc < 0)
    {
      json_decref (s.result);
      azml__guile_throw (who, s.err);
    }
  return azml__guile_take_json (s.result);
}

static void *
materialise_work (void *data)
{
  struct stored *s = data;
  AZML_AUTO (azml__objects) objects = NULL;
  azml__materialise_report report = { 0 };
  s->rc = azml__objects_open (s->objects, &objects, &s->err);
  if (s->rc == 0)
    s->rc =
        azml__snapshot_materialise (objects, &s->digest, s->target,
                                    azml__guile_cancel (), &report, NULL, &s->err);
  if (s->rc == 0)
    s->result = json_pack ("{s:I, s:I}", "files", (json_int_t)report.files, "bytes",
                           (json_int_t)report.bytes);
  return NULL;
}

/* Make the snapshot DIGEST of the store OBJECTS real in the empty folder TARGET.  Return
   files and bytes.  */
static SCM
snapshot_materialise (SCM objects, SCM digest, SCM target)
{
  static const char who[] = "%snapshot-materialise";
  const char *folder = azml__guile_to_text (target, who, 3);
  struct stored s = stored_arguments (objects, digest, who);
  s.target = folder;
  if (s.rc == 0)
    azml__guile_blocking (materialise_work, &s);
  scm_remember_upto_here_2 (objects, target);
  if (s.rc < 0)
    azml__guile_throw (who, s.err);
  return azml__guile_take_json (s.result);
}

static void *
mend_work (void *data)
{
  struct stored *s = data;
  AZML_AUTO (azml__objects) objects = NULL;
  s->rc = azml__objects_open (s->objects, &objects, &s->err);
  if (s->rc == 0)
    s->rc = azml__snapshot_mend (objects, &s->digest, s->wanted, s->target,
                                 azml__guile_cancel (), &s->result, &s->err);
  return NULL;
}

/* Look at those of the contents WANTED, a vector of digests, that are of the snapshot DIGEST of
   the store OBJECTS; make what is damaged again from the folder SOURCE.  Return the files that
   were mended, and that are lost.  */
static SCM
snapshot_mend (SCM objects, SCM digest, SCM wanted, SCM source)
{
  static const char who[] = "%snapshot-mend";
  azml__guile_check_json (wanted, who, 3);
  const char *folder = azml__guile_to_text (source, who, 4);
  struct stored s = stored_arguments (objects, digest, who);
  s.target = folder;
  s.wanted = azml__guile_to_json (wanted);
  if (s.rc == 0)
    azml__guile_blocking (mend_work, &s);
  json_decref (s.wanted);
  scm_remember_upto_here_2 (objects, source);
  if (s.rc < 0)
    azml__guile_throw (who, s.err);
  return azml__guile_take_json (s.result);
}

static void *
pick_work (void *data)
{
  struct stored *s = data;
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  if (load (s, &manifest) == 0)
    s->rc = azml__manifest_pick (&manifest, &s->digest, s->wanted, &s->result,
                                 &s->bytes, &s->err);
  return NULL;
}

/* Return what of WANTED, a vector of digests that a machine asks for, is to be sent it of
   the snapshot DIGEST of the store OBJECTS, and its size: (VECTOR . BYTES).  */
static SCM
snapshot_pick (SCM objects, SCM digest, SCM wanted)
{
  static const char who[] = "%snapshot-pick";
  azml__guile_check_json (wanted, who, 3);
  struct stored s = stored_arguments (objects, digest, who);
  s.wanted = azml__guile_to_json (wanted);
  if (s.rc == 0)
    azml__guile_blocking (pick_work, &s);
  json_decref (s.wanted);
  scm_remember_upto_here_1 (objects);
  if (s.rc < 0)
    azml__guile_throw (who, s.err);
  return scm_cons (azml__guile_take_json (s.result), scm_from_uint64 (s.bytes));
}

void
azml__guile_init_snapshot (void)
{
  azml__guile_define ("%snapshot-mend", 4, 0, snapshot_mend);
  azml__guile_define ("%snapshot-pick", 3, 0, snapshot_pick);
  azml__guile_define ("%snapshot-take", 4, 2, snapshot_take);
  azml__guile_define ("%snapshot-files", 2, 0, snapshot_files);
  azml__guile_define ("%snapshot-materialise", 3, 0, snapshot_materialise);
}

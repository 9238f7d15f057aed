/* walk.h: what a source tree holds.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_WALK_H
#define AZML_SNAPSHOT_WALK_H

#include <azml/cancel.h>

#include "snapshot/file-key.h"
#include "snapshot/manifest.h"

typedef struct azml__walk_entry
{
  azml__manifest_entry entry; /* no digest yet */
  azml__file_key key;         /* f, x */
  int settled;                /* the digest may be trusted as long as KEY holds */
} azml__walk_entry;

#define AZML__WALK_LISTED 1000 /* most names in a list of names */

/* Names, at most AZML__WALK_LISTED of them, and how many there would be.  */
typedef struct azml__walk_names
{
  char **names; /* sorted at the end */
  size_t count, size;
  uint64_t total;
} azml__walk_names;

typedef struct azml__walk
{
  int root;                  /* the open source folder, -1: none */
  azml__walk_entry *entries; /* sorted by path as bytes */
  size_t count, size;
  azml__walk_names ignored, special;
  const char *ignore_file; /* that was found, NULL: none; static */
} azml__walk;

#define AZML__WALK_INIT                                                            \
  {                                                                                \
    .root = -1                                                                     \
  }
void azml__walk_done (azml__walk *walk);
#define AZML_AUTO_WALK AZML_CLEANUP (azml__walk_done) azml__walk

/* Look at the tree of the folder SOURCE.  AZML_E_DENIED names what cannot be read;
   what disappears meanwhile was never there.  On failure *RET may hold a part: call
   azml__walk_done.  */
int azml__walk_source (const char *source, azml_cancel *cancel, azml__walk *ret,
                       azml_error **err);

/* Look at the N files PATHS of the folder SOURCE and nothing else: no ignore file
   counts.  A path is relative to SOURCE or absolute below it; one that is named twice
   is there once, and what is not there is left out, except with STRICT:
   AZML_E_NOT_FOUND.  A folder stands for nothing.  AZML_E_INVALID: a path outside of
   SOURCE.  */
int azml__walk_listed (const char *source, const char *const *paths, size_t n,
                       int strict, azml_cancel *cancel, azml__walk *ret,
                       azml_error **err);

/* Add an entry for the first N bytes of PATH; KEY is that of a file, else NULL; TARGET is
   that of a link (taken, also on failure), else NULL.  */
int azml__walk_add (azml__walk *walk, char type, const char *path, size_t n,
                    const azml__file_key *key, char *target, azml_error **err);

/* Bring the entries and the names into order.  */
void azml__walk_sort (azml__walk *walk);

/* openat (ROOT, PATH, FLAGS) for a relative PATH of any length.  */
int azml__walk_open (int root, const char *path, int flags);

/* For the files of this room that walk.  */

/* Note PATH in NAMES, folders with a slash.  */
int azml__walk_list (azml__walk_names *names, const char *path, int is_folder,
                     azml_error **err);

/* Make room in the array *ITEMS of elements of SIZE bytes for one more.  */
int azml__walk_grow (void *items, size_t count, size_t *room, size_t size,
                     azml_error **err);

#endif

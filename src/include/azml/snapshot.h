/* azml/snapshot.h: a source tree, stored by content.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Texts that a function stores in *RET are from malloc: free them with free.  */

#ifndef AZML_SNAPSHOT_H
#define AZML_SNAPSHOT_H

#include <azml/cancel.h>
#include <azml/project.h>

#include <stddef.h>

AZML_BEGIN_DECLS

/* Begin with AZML_SNAPSHOT_OPTIONS_INIT: later versions append members.  */
typedef struct azml_snapshot_options
{
  size_t size; /* of this structure */
  /* N_FILES files that alone are the snapshot, relative to the source folder or
     absolute below it; NULL: the whole folder but for what its ignore files say.  */
  const char *const *files;
  size_t n_files;
  int tracked; /* the files that git tracks, and no others */
  const char
      *cache; /* a name for what is remembered for the next time, NULL: nothing */
} azml_snapshot_options;

#define AZML_SNAPSHOT_OPTIONS_INIT                                                 \
  {                                                                                \
    sizeof (azml_snapshot_options), NULL, 0, 0, NULL                               \
  }

/* Store the files of the folder SOURCE in PROJECT; OPTIONS may be NULL.  On success
   store {"digest", "files", "bytes", ...}, one line of JSON (new), in *RET.
   AZML_E_NOT_FOUND: a file of the list is missing, or the folder is in no repository.  AZML_E_DENIED names what cannot
   be read.  AZML_E_CHANGED: a file changes while it is read.  AZML_E_CANCELLED.  */
AZML_API AZML_MUST_CHECK int
azml_snapshot_take (azml_project *project, const char *source,
                    const azml_snapshot_options *options, azml_cancel *cancel,
                    char **ret, azml_error **err);

/* Compare the snapshots with the digests A and B of PROJECT.  On success store
   [{"path", "change": "added"|"removed"|"changed"}], one line of JSON (new), in *RET.
   AZML_E_NOT_FOUND: one of them is not stored here.  */
AZML_API AZML_MUST_CHECK int
azml_snapshot_compare (azml_project *project, const char *a, const char *b,
                       char **ret, azml_error **err);

AZML_END_DECLS

#endif

/* mirror.h: the copy, here, of a run directory that is on another machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Who brings a copy up to date holds the lock on its sync.json; everybody may read it.
   The lock is on the file that has the name: one that replaces it is locked before it
   gets the name.  */

#ifndef AZML_RUN_MIRROR_H
#define AZML_RUN_MIRROR_H

#include <jansson.h>
#include <stdint.h>

#include "core/error.h"

typedef struct azml__mirror azml__mirror;

/* Make the run directory RUNS/ID with RUN as run.json and SYNC as sync.json, and lock it.
   Store it (new) in *RET.  AZML_E_EXISTS: there is a run ID.  */
int azml__mirror_new (const char *runs, const char *id, const json_t *run,
                      const json_t *sync, azml__mirror **ret, azml_error **err);

/* Lock the copy in DIRECTORY.  AZML_E_BUSY: somebody else brings it up to date;
   AZML_E_NOT_FOUND: it is no copy.  */
int azml__mirror_open (const char *directory, azml__mirror **ret, azml_error **err);
void azml__mirror_free (azml__mirror *mirror);
AZML_DEFINE_AUTO (azml__mirror, azml__mirror_free)

/* Have what azml__mirror_new made on the disk.  */
int azml__mirror_flush (azml__mirror *mirror, azml_error **err);

/* sync.json as it was read or written last (borrowed); replace it.  */
const json_t *azml__mirror_sync (const azml__mirror *mirror);
int
azml__mirror_update (azml__mirror *mirror, const json_t *sync, azml_error **err);

/* Open the file NAME, one of those that are followed, for writing (new); its size, which
   is where it goes on, in *RET_SIZE.  */
int azml__mirror_file (azml__mirror *mirror, const char *name, int *ret_fd,
                       uint64_t *ret_size, azml_error **err);

/* Replace status.json; LAST: also on the disk.  */
int azml__mirror_status (azml__mirror *mirror, const json_t *status, int last,
                         azml_error **err);

/* The open directory.  Borrowed.  */
int azml__mirror_folder (const azml__mirror *mirror);

/* Remove the directory, for a run that was never accepted.  */
int azml__mirror_remove (azml__mirror *mirror, azml_error **err);

#endif

/* packs.h: the packs of an object store.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What was in the packs when they were first looked at is known, and what was added by
   this set since; of others only after azml__packs_refresh.  FOLDER is the open folder of
   the object store, -1 while there is none.  */

#ifndef AZML_SNAPSHOT_PACKS_H
#define AZML_SNAPSHOT_PACKS_H

#include "snapshot/pack.h"

/* Where the packs are in an object store.  */
#define AZML__PACKS_FOLDER "pack"

typedef struct azml__packs
{
  int folder; /* the open folder of the packs, -1: there is none */
  int looked; /* it was looked for */
  int bulk;   /* much is being removed: it is written down in the end */
  azml__pack *packs;
  size_t count;
  azml__pack_table table;

  int out; /* the pack that is added to, locked; -1: none */
  uint32_t out_pack;
  uint64_t out_begin; /* what it had when it was taken to be added to */
  uint64_t out_size, out_limit;
  azml__buffer heads; /* what its index does not tell yet */
} azml__packs;

#define AZML__PACKS_INIT                                                           \
  {                                                                                \
    .folder = -1, .out = -1, .heads = AZML__BUFFER_INIT                            \
  }

/* Let go of everything; nothing may be added to any more (azml__packs_rest).  */
void azml__packs_done (azml__packs *packs);

/* See what came since, and what others removed.  */
void azml__packs_refresh (azml__packs *packs, int folder);

/* Where the content DIGEST is (borrowed until anything is added), NULL: in no pack.  */
azml__packed *
azml__packs_find (azml__packs *packs, int folder, const azml__digest *digest);

/* The same of what is known by now: no index is read for it.  */
azml__packed *
azml__packs_known (const azml__packs *packs, const azml__digest *digest);

/* Add the N bytes of DATA, whose digest is DIGEST.  */
int azml__packs_add (azml__packs *packs, int folder, const azml__digest *digest,
                     const void *data, size_t n, azml_error **err);

/* Let the content DIGEST be gone, if it is there.  */
int azml__packs_remove (azml__packs *packs, int folder, const azml__digest *digest,
                        azml_error **err);

/* From now on what is gone is written down when this ends.  */
void azml__packs_begin_bulk (azml__packs *packs);
int azml__packs_end_bulk (azml__packs *packs, azml_error **err);

/* When anything was last added to pack NUMBER, nanoseconds since the epoch.  */
int64_t azml__packs_changed (const azml__packs *packs, uint32_t number);

/* Remove the packs of which all is gone, and make anew those of which most is.  One to which
   somebody adds right now is left as it is.  */
int azml__packs_tidy (azml__packs *packs, int folder, azml_error **err);

/* For the files of this room: make the folder of the packs.  */
int azml__packs_place (azml__packs *packs, int folder, azml_error **err);

/* Let the index tell all that is known of the pack that is added to, and add to it no
   more.  Return an error if what was added is not there after all, as a network file system
   may say only now: none of it is known any more.  */
int azml__packs_rest (azml__packs *packs, azml_error **err);

/* Pack NUMBER, and what is in it, is known no more.  */
void azml__packs_forget (azml__packs *packs, uint32_t number);

/* Know what came to pack NUMBER.  Return -1 if that is not possible: it is known no more.  */
int azml__packs_learn (azml__packs *packs, uint32_t number);

/* Take PACK (open) into the set; return its number, or -1 when out of memory.  */
int azml__packs_enter (azml__packs *packs, const azml__pack *pack);

#endif

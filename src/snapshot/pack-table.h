/* pack-table.h: which small content is where in which pack.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_PACK_TABLE_H
#define AZML_SNAPSHOT_PACK_TABLE_H

#include "digest/sha256.h"

/* One content.  */
typedef struct azml__packed
{
  azml__digest digest;
  uint64_t offset; /* of its bytes, in the pack */
  uint32_t size;
  uint32_t pack; /* its number in the set */
  uint8_t gone;  /* it was removed */
} azml__packed;

typedef struct azml__pack_table
{
  azml__packed *records; /* those of one pack are in the order of the pack */
  size_t count, room;
  size_t linked;   /* so many of them can be found */
  uint32_t *slots; /* index + 1 into RECORDS, 0: free */
  size_t n_slots;  /* a power of two */
} azml__pack_table;

void azml__pack_table_done (azml__pack_table *table);

/* Add RECORD, which is not found before it is linked.  Return -1 when out of memory.  */
int azml__pack_table_add (azml__pack_table *table, const azml__packed *record);

/* Let all that was added be found.  Return -1 when out of memory: none of it is there.  */
int azml__pack_table_link (azml__pack_table *table);

/* The record of DIGEST that is not gone, borrowed until the next addition; NULL: there is
   none.  */
azml__packed *
azml__pack_table_find (const azml__pack_table *table, const azml__digest *digest);

#endif

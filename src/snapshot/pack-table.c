/* pack-table.c: which small content is where in which pack.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/pack-table.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_RECORDS 512
#define FIRST_SLOTS 1024

void
azml__pack_table_done (azml__pack_table *table)
{
  free (table->records);
  free (table->slots);
  memset (table, 0, sizeof *table);
}

int
azml__pack_table_add (azml__pack_table *table, const azml__packed *record)
{
  if (table->count == table->room)
    {
      size_t room = table->room ? 2 * table->room : FIRST_RECORDS;
      azml__packed *records = room < UINT32_MAX
                                  ? realloc (table->records, room * sizeof *records)
                                  : NULL;
      if (!records)
        return -1;
      table->records = records;
      table->room = room;
    }
  table->records[table->count++] = *record;
  return 0;
}

/* Where the search for DIGEST begins: its bytes are as good as any hash of them.  */
static size_t
first_slot (const azml__pack_table *table, const azml__digest *digest)
{
  size_t n;
  memcpy (&n, digest->bytes, sizeof n);
  return n & (table->n_slots - 1);
}

static void
take_slot (azml__pack_table *table, size_t record)
{
  size_t at = first_slot (table, &table->records[record].digest);
  while (table->slots[at])
    at = (at + 1) & (table->n_slots - 1);
  table->slots[at] = (uint32_t)record + 1;
}

/* Have twice as many slots as records.  */
static int
grow (azml__pack_table *table)
{
  size_t n = table->n_slots ? table->n_slots : FIRST_SLOTS;
  while (n < 2 * table->count)
    n *= 2;
  if (n == table->n_slots)
    return 0;
  uint32_t *slots = calloc (n, sizeof *slots);
  if (!slots)
    return -1;
  free (table->slots);
  table->slots = slots;
  table->n_slots = n;
  for (size_t i = 0; i < table->linked; i++)
    take_slot (table, i);
  return 0;
}

int
azml__pack_table_link (azml__pack_table *table)
{
  if (table->linked == table->count)
    return 0;
  if (grow (table) < 0)
    {
      table->count = table->linked;
      return -1;
    }
  while (table->linked < table->count)
    take_slot (table, table->linked++);
  return 0;
}

azml__packed *
azml__pack_table_find (const azml__pack_table *table, const azml__digest *digest)
{
  if (!table->n_slots)
    return NULL;
  for (size_t at = first_slot (table, digest); table->slots[at];
       at = (at + 1) & (table->n_slots - 1))
    {
      azml__packed *record = &table->records[table->slots[at] - 1];
      if (!record->gone && memcmp (&record->digest, digest, sizeof *digest) == 0)
        return record;
    }
  return NULL;
}

/* table.c: all leases and waiting runs of the machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"

#define LIMIT ((size_t)64 << 20)
#define LISTENS 0x10000 /* __SO_ACCEPTCON: not one of the connections to it */

void
azml__lease_table_done (azml__lease_table *table)
{
  free (table->entries);
  free (table->units);
  *table = (azml__lease_table){ 0 };
}

int
azml__lease_order (const azml__lease_name *a, const azml__lease_name *b)
{
  if (a->since != b->since)
    return a->since < b->since ? -1 : 1;
  return (a->pid > b->pid) - (a->pid < b->pid);
}

static int
compare (const void *a, const void *b)
{
  const azml__lease_name *x = &((const azml__lease_entry *)a)->name,
                         *y = &((const azml__lease_entry *)b)->name;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  int order = azml__lease_order (x, y);
  return order ? order : strcmp (x->uuid, y->uuid);
}

static int
add (azml__lease_table *table, const azml__lease_name *name, azml_error **err)
{
  if (table->count == table->size)
    {
      size_t size = table->size ? 2 * table->size : 32;
      azml__lease_entry *grown = realloc (table->entries, size * sizeof *grown);
      if (!grown)
        return azml__error_no_memory (err);
      table->entries = grown;
      table->size = size;
    }
  table->entries[table->count++] = (azml__lease_entry){ *name, -1 };
  return 0;
}

/* Sort; give each UUID its unit.  */
static int
make_index (azml__lease_table *table, azml_error **err)
{
  free (table->units);
  table->n_units = 0;
  table->units = calloc (table->count + 1, sizeof *table->units);
  if (!table->units)
    return azml__error_no_memory (err);
  if (table->count)
    qsort (table->entries, table->count, sizeof *table->entries, compare);
  for (size_t i = 0; i < table->count; i++)
    {
      azml__lease_entry *entry = &table->entries[i];
      size_t unit = 0;
      if (entry->name.kind == AZML__LEASE_WAIT)
        continue;
      while (unit < table->n_units
             && strcmp (table->units[unit].uuid, entry->name.uuid) != 0)
        unit++;
      if (unit == table->n_units)
        table->units[table->n_units++].uuid = entry->name.uuid;
      entry->unit = (int)unit;
      table->units[unit].leased |= entry->name.kind == AZML__LEASE_GPU;
      if (entry->name.kind == AZML__LEASE_HELD)
        table->units[unit].holder = &entry->name;
    }
  return 0;
}

int
azml__lease_table_parse (azml__lease_table *table, char *text, azml_error **err)
{
  azml__lease_name name;
  table->count = 0;
  /* "Num RefCount Protocol Flags Type St Inode @azml/..."  */
  for (char *p = text, *at; p && (at = strstr (p, " @azml/"));)
    {
      char *end = strchr (at, '\n'), *line = at;
      unsigned flags = 0;
      if (end)
        *end = '\0';
      while (line > text && line[-1] != '\n' && line[-1] != '\0')
        line--;
      if (sscanf (line, "%*s %*s %*s %x", &flags) == 1 && (flags & LISTENS)
          && azml__lease_name_parse (at + 2, &name) == 0)
        {
          int rc = add (table, &name, err);
          if (rc < 0)
            return rc;
        }
      p = end ? end + 1 : NULL;
    }
  return make_index (table, err);
}

int
azml__lease_table_read (azml__lease_table *table, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = azml__file_read (AT_FDCWD, "/proc/net/unix", LIMIT, &text, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_char (&text, '\n');
  return azml__buffer_ok (&text) ? azml__lease_table_parse (table, text.data, err)
                                 : azml__error_no_memory (err);
}

const azml__lease_entry *
azml__lease_table_kind (const azml__lease_table *table, azml__lease_kind kind,
                        size_t *ret_n)
{
  size_t first = 0, n = 0;
  while (first < table->count && table->entries[first].name.kind != kind)
    first++;
  while (first + n < table->count && table->entries[first + n].name.kind == kind)
    n++;
  *ret_n = n;
  return table->entries ? table->entries + first : NULL;
}

const azml__lease_unit *
azml__lease_table_unit (const azml__lease_table *table, const char *uuid)
{
  for (size_t i = 0; i < table->n_units; i++)
    if (strcmp (table->units[i].uuid, uuid) == 0)
      return &table->units[i];
  return NULL;
}

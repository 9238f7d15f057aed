/* lease.c: fuzz the table of leases, which is made of names that any user may bind.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What is read of a name, or of a note that is told over one, can be written, and read
   again.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lease/note.h"
#include "lease/table.h"

static void
check_name (const azml__lease_name *name)
{
  char text[AZML__LEASE_NAME_SIZE], again[AZML__LEASE_NAME_SIZE];
  azml__lease_name other;
  AZML_AUTO (azml_error) err = NULL;
  /* A UUID may be one that nobody writes.  */
  if (azml__lease_name_format (name, text, &err) < 0)
    return;
  if (azml__lease_name_parse (text, &other) < 0 || other.kind != name->kind
      || azml__lease_name_format (&other, again, &err) < 0 || strcmp (text, again))
    abort ();
}

/* What is read of a note can be written, and read again.  */
static void
check_note (const char *text)
{
  azml__lease_note note, again;
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  if (azml__lease_note_read (text, &note) < 0)
    return;
  azml__lease_note_write (&note, &line);
  if (!azml__buffer_ok (&line) || line.data[line.length - 1] != '\n')
    abort ();
  line.data[line.length - 1] = '\0';
  if (azml__lease_note_read (line.data, &again) < 0 || again.at_ms != note.at_ms
      || again.memory_used != note.memory_used || strcmp (again.uuid, note.uuid))
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO_LEASE_TABLE table = { 0 };
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *text = strndup ((const char *)data, n);
  if (text)
    check_note (text);
  if (!text || azml__lease_table_parse (&table, text, &err) < 0)
    return 0;
  for (size_t i = 0; i < table.count; i++)
    {
      const azml__lease_entry *entry = &table.entries[i];
      check_name (&entry->name);
      if (i && entry[-1].name.kind > entry->name.kind)
        abort ();
      if (entry->name.kind != AZML__LEASE_WAIT
          && (entry->unit < 0 || (size_t)entry->unit >= table.n_units
              || strcmp (table.units[entry->unit].uuid, entry->name.uuid)))
        abort ();
    }
  for (size_t i = 0; i < table.n_units; i++)
    if (azml__lease_table_unit (&table, table.units[i].uuid) != &table.units[i])
      abort ();
  return 0;
}

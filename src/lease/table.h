/* table.h: all leases and waiting runs of the machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_LEASE_TABLE_H
#define AZML_LEASE_TABLE_H

#include "lease/name.h"

typedef struct azml__lease_entry
{
  azml__lease_name name;
  int unit; /* of a name with a UUID: where it is in `units` */
} azml__lease_entry;

/* A GPU that somebody has or wants.  */
typedef struct azml__lease_unit
{
  const char *uuid;               /* borrowed from the entries, as all below */
  int leased;                     /* somebody has it */
  const azml__lease_name *holder; /* who; NULL: cannot be told */
} azml__lease_unit;

typedef struct azml__lease_table
{
  azml__lease_entry *entries; /* by kind, then by age */
  size_t count, size;
  azml__lease_unit *units;
  size_t n_units;
} azml__lease_table;

void azml__lease_table_done (azml__lease_table *table);
#define AZML_AUTO_LEASE_TABLE                                                      \
  AZML_CLEANUP (azml__lease_table_done) azml__lease_table

/* Read the table anew.  */
int azml__lease_table_read (azml__lease_table *table, azml_error **err);

/* The same from TEXT, which has the form of /proc/net/unix and is changed.  */
int
azml__lease_table_parse (azml__lease_table *table, char *text, azml_error **err);

/* The entries of KIND; their number in *RET_N.  */
const azml__lease_entry *
azml__lease_table_kind (const azml__lease_table *table, azml__lease_kind kind,
                        size_t *ret_n);

/* What is known of UUID, or NULL.  */
const azml__lease_unit *
azml__lease_table_unit (const azml__lease_table *table, const char *uuid);

/* < 0 if A came before B, 0 if they are of one process.  */
int azml__lease_order (const azml__lease_name *a, const azml__lease_name *b);

#endif

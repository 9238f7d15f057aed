/* maker.h: what makes the entries of a manifest real, one after the other.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_MAKER_H
#define AZML_SNAPSHOT_MAKER_H

#include <jansson.h>

#include "snapshot/place.h"
#include "snapshot/snapshot.h"

typedef struct azml__maker
{
  azml__objects *objects; /* borrowed */
  azml_cancel *cancel;    /* borrowed */
  azml__materialise_report report;
  json_t *linked; /* see azml__snapshot_materialise */
  char *buffer;
  int loaded; /* the content of the entry that is made is there */
  int may_clone, may_link;
  azml__place place;
} azml__maker;

#define AZML__MAKER_INIT                                                           \
  {                                                                                \
    .place = AZML__PLACE_INIT                                                      \
  }

/* Start in the folder TARGET, with the contents of OBJECTS (both borrowed, as is
   CANCEL).  IS_NEW: it is empty; else folders may be there.  */
int
azml__maker_open (azml__maker *maker, azml__objects *objects, const char *target,
                  int is_new, azml_cancel *cancel, azml_error **err);
void azml__maker_done (azml__maker *maker);
#define AZML_AUTO_MAKER AZML_CLEANUP (azml__maker_done) azml__maker

/* Make ENTRY; they come in the order of their paths.  Errors name the path.  */
int azml__maker_make (azml__maker *maker, const azml__manifest_entry *entry,
                      azml_error **err);

/* Remember the file of ENTRY, which is there, if it shares its object.  */
int azml__maker_note (azml__maker *maker, const azml__manifest_entry *entry,
                      azml_error **err);

#endif

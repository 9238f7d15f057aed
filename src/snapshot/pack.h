/* pack.h: a file that holds many small contents.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A file of its own for each of ten thousand small contents costs more than the contents:
   to make it, to find it, to remove it.  So, where many are added at once, they go into
   packs, in the folder `pack` of the object store:

     ID.pack    AZML__PACK_MAGIC, then one record after the other: head (digest, and size,
                big endian) and content; as `put` sends them (doc/protocol.md)
     ID.index   the heads of its first records once more, so that they are read in one go
     ID.gone    where in the pack those contents are that were removed (8 bytes each, big
                endian); it is replaced, never written into

   Records are only ever added, by who has the lock on the pack, each by one write.  A record
   counts when all of it is there.  What the index does not tell is found by going from head
   to head: a process that is killed at any moment loses nothing that was whole, and its rest
   is cut off by the next that adds.  A pack of which most is gone is made anew by gc.  */

#ifndef AZML_SNAPSHOT_PACK_H
#define AZML_SNAPSHOT_PACK_H

#include "core/buffer.h"
#include "snapshot/pack-table.h"

#define AZML__PACK_MAGIC "azmlpak1"
#define AZML__PACK_MAGIC_SIZE ((uint64_t)8)
#define AZML__PACK_HEAD ((size_t)40)

/* Contents of so many bytes and more are files of their own: their blocks can be shared.  */
#define AZML__PACKED_LIMIT ((uint64_t)64 << 10)

#define AZML__PACK_NAME 24 /* ID, its ending and a NUL */

typedef struct azml__pack
{
  char id[AZML__PACK_NAME];
  int fd;              /* for reading, -1: it is here no more */
  uint64_t end;        /* of the last record that is known */
  uint64_t records;    /* that are known */
  uint64_t heads;      /* how many of the index counted */
  uint64_t gone_inode; /* of ID.gone as it was read, 0: it was not */
  int64_t gone_ns;
  uint64_t gone_last; /* where the last is that it tells */
  int unnoted;        /* something is gone that ID.gone does not tell */
} azml__pack;

/* ID.ENDING */
char *azml__pack_name (const azml__pack *pack, const char *ending,
                       char name[AZML__PACK_NAME]);

/* 1 if NAME is that of a pack; its id is then in PACK.  */
int azml__pack_is (const char *name, azml__pack *pack);

/* Open PACK, whose id is set, in FOLDER.  Return -1 (errno) if it cannot be read.  */
int azml__pack_open (int folder, azml__pack *pack);
void azml__pack_close (azml__pack *pack);

/* Add to TABLE the records of PACK, which is number NUMBER there, that are not known yet;
   those that are gone as removed.  Return -1 if that is not possible: nothing is known then
   of where the pack ends.  */
int azml__pack_learn (int folder, azml__pack *pack, uint32_t number,
                      azml__pack_table *table);

/* Let the records of PACK that are gone by now count as removed.  */
void azml__pack_learn_gone (int folder, azml__pack *pack, uint32_t number,
                            azml__pack_table *table);

/* 1 if PACK has no name any more: somebody made it anew, or needs none of it.  */
int azml__pack_is_unlinked (const azml__pack *pack);

/* Write the head of a content to HEAD.  */
void azml__pack_head (char head[AZML__PACK_HEAD], const azml__digest *digest,
                      uint64_t size);

#endif

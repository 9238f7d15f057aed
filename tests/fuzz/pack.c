/* pack.c: fuzz the reading of packs, of which anything may be left by a power cut.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The first two bytes tell how many of the others are the index; what comes then is the
   pack.  Whatever is learnt of it is inside.  */

#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/scratch.h"
#include "fuzz.h"
#include "snapshot/pack.h"

static char *scratch;
static int folder = -1; /* the same, open */

static void
leave (void)
{
  scratch_leave (scratch);
}

/* Make the folder, and stay where we are: the corpus is named from there.  */
static void
enter (void)
{
  AZML_AUTO_CLOSE int before = open (".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  scratch = scratch_enter ("fuzz-pack");
  folder = open (".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (before < 0 || !scratch || folder < 0 || fchdir (before) < 0 || atexit (leave))
    abort ();
}

static void
write_file (const char *name, const uint8_t *data, size_t n)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || azml__file_write (fd, data, n, NULL) < 0)
    abort ();
}

static void
check (const azml__pack *pack, azml__pack_table *table, uint64_t size)
{
  uint64_t end = AZML__PACK_MAGIC_SIZE;
  if (azml__pack_table_link (table) < 0 || pack->end > size)
    abort ();
  for (size_t i = 0; i < table->count; i++)
    {
      const azml__packed *record = &table->records[i];
      if (record->offset != end + AZML__PACK_HEAD || record->size == 0
          || record->size >= AZML__PACKED_LIMIT
          || !azml__pack_table_find (table, &record->digest))
        abort ();
      end = record->offset + record->size;
    }
  if (end != pack->end)
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_CLEANUP (azml__pack_table_done) azml__pack_table table = { 0 };
  AZML_CLEANUP (azml__pack_close) azml__pack pack;
  size_t index = n < 2 ? 0 : ((size_t)data[0] << 8 | data[1]);
  if (!scratch)
    enter ();
  if (!azml__pack_is ("aaaaaaaaaaaa.pack", &pack))
    abort ();
  if (n < 2 || index > n - 2)
    return 0;
  write_file ("aaaaaaaaaaaa.index", data + 2, index);
  write_file ("aaaaaaaaaaaa.pack", data + 2 + index, n - 2 - index);
  if (azml__pack_open (folder, &pack) < 0)
    return 0;
  if (azml__pack_learn (folder, &pack, 0, &table) < 0)
    abort ();
  check (&pack, &table, n - 2 - index);
  return 0;
}

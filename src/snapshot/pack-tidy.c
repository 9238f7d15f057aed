/* pack-tidy.c: what is gone from the packs of an object store.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "snapshot/packs.h"

/* Write down what is gone of pack NUMBER.  */
static int
note_gone (azml__packs *packs, uint32_t number, azml_error **err)
{
  AZML_AUTO_BUFFER gone = AZML__BUFFER_INIT;
  azml__pack *pack = &packs->packs[number];
  char name[AZML__PACK_NAME];
  if (!pack->unnoted || pack->fd < 0)
    return 0;
  /* Others may have removed something, too.  */
  azml__pack_learn_gone (packs->folder, pack, number, &packs->table);
  for (size_t i = 0; i < packs->table.count; i++)
    if (packs->table.records[i].pack == number && packs->table.records[i].gone)
      azml__buffer_add_u64 (&gone, packs->table.records[i].offset);
  if (!azml__buffer_ok (&gone))
    return azml__error_no_memory (err);
  int rc = azml__file_replace (packs->folder, azml__pack_name (pack, "gone", name),
                               gone.data, gone.length, 0600, 0, err);
  pack->unnoted = rc < 0;
  return rc;
}

int
azml__packs_remove (azml__packs *packs, int folder, const azml__digest *digest,
                    azml_error **err)
{
  azml__packed *record;
  int rc = 0;
  /* Several may have added it at once.  */
  while (rc == 0 && (record = azml__packs_find (packs, folder, digest)))
    {
      record->gone = 1;
      packs->packs[record->pack].unnoted = 1;
      if (!packs->bulk)
        rc = note_gone (packs, record->pack, err);
    }
  return rc;
}

void
azml__packs_begin_bulk (azml__packs *packs)
{
  packs->bulk = 1;
}

int
azml__packs_end_bulk (azml__packs *packs, azml_error **err)
{
  int rc = 0;
  packs->bulk = 0;
  for (size_t i = 0; rc == 0 && i < packs->count; i++)
    rc = note_gone (packs, (uint32_t)i, err);
  return rc;
}

/* Bytes of pack NUMBER that are of use, and others.  */
static void
weigh (const azml__packs *packs, uint32_t number, uint64_t *ret_alive,
       uint64_t *ret_gone)
{
  *ret_alive = *ret_gone = 0;
  for (size_t i = 0; i < packs->table.count; i++)
    {
      const azml__packed *record = &packs->table.records[i];
      if (record->pack == number)
        *(record->gone ? ret_gone : ret_alive) += record->size + AZML__PACK_HEAD;
    }
}

/* Add what is of use in pack NUMBER to another.  */
static int
move (azml__packs *packs, int folder, uint32_t number, azml_error **err)
{
  AZML_AUTO_FREE char *data = malloc (AZML__PACKED_LIMIT);
  size_t count = packs->table.count;
  if (!data)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < count; i++)
    {
      azml__packed record = packs->table.records[i];
      azml__digest found;
      size_t n = 0;
      if (record.pack != number || record.gone)
        continue;
      int rc = azml__file_pread (packs->packs[number].fd, data, record.size,
                                 (off_t)record.offset, &n, err);
      if (rc < 0)
        return rc;
      azml__sha256_bytes (data, n, &found);
      /* What is damaged is left behind.  */
      if (n == record.size && memcmp (&found, &record.digest, sizeof found) == 0)
        rc = azml__packs_add (packs, folder, &found, data, n, err);
      if (rc < 0)
        return rc;
      packs->table.records[i].gone = 1;
    }
  return 0;
}

static void
remove_pack (azml__packs *packs, uint32_t number)
{
  /* The pack first: what is gone must not be there for who looks in between.  What a kill
     leaves of the others is swept.  */
  static const char *const endings[] = { "pack", "index", "gone" };
  azml__pack *pack = &packs->packs[number];
  char name[AZML__PACK_NAME];
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    unlinkat (packs->folder, azml__pack_name (pack, endings[i], name), 0);
  azml__pack_close (pack);
}

/* Tidy pack NUMBER.  */
static int
tidy (azml__packs *packs, int folder, uint32_t number, azml_error **err)
{
  azml__pack *pack = &packs->packs[number];
  char name[AZML__PACK_NAME];
  uint64_t alive, gone;
  int locked = 0;
  weigh (packs, number, &alive, &gone);
  if (pack->fd < 0 || gone == 0)
    return 0;
  AZML_AUTO_CLOSE int fd =
      openat (packs->folder, azml__pack_name (pack, "pack", name),
              O_RDWR | O_NOFOLLOW | O_CLOEXEC); /* NFS locks nothing else */
  if (fd < 0 && errno == ENOENT)
    return 0;
  if (fd < 0)
    return azml__error_os (err, errno, "open the pack '%s'", name);
  /* Where nothing can be locked, a pack stays as it is.  */
  (void)!azml__file_try_lock (fd, &locked, NULL);
  if (azml__pack_is_unlinked (pack))
    return 0;
  /* What was added before it was locked is of use; what cannot be read may be.  */
  if (locked && azml__packs_learn (packs, number) < 0)
    return 0;
  weigh (packs, number, &alive, &gone);
  if (!locked || alive >= gone)
    return note_gone (packs, number, err);
  int rc = 0;
  if (alive)
    rc = move (packs, folder, number, err);
  /* It must be there before it is removed here.  */
  if (rc == 0)
    rc = azml__packs_rest (packs, err);
  if (rc == 0)
    remove_pack (packs, number);
  return rc;
}

int
azml__packs_tidy (azml__packs *packs, int folder, azml_error **err)
{
  if (!packs->looked)
    azml__packs_refresh (packs, folder);
  size_t count = packs->count;
  int rc = azml__packs_rest (packs, err); /* ours is as good as any */
  for (size_t i = 0; rc == 0 && i < count; i++)
    rc = tidy (packs, folder, (uint32_t)i, err);
  int rested = azml__packs_rest (packs, rc < 0 ? NULL : err);
  return rc < 0 ? rc : rested;
}

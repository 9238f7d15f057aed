/* pack-writer.c: what is added to the packs of an object store.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/file.h"
#include "core/random.h"
#include "snapshot/packs.h"

/* A pack that is so large is added to no more.  */
#define ENOUGH ((uint64_t)256 << 20)

/* So many heads are put into the index at once.  */
#define HEADS ((size_t)256)

/* How large a pack may become: not larger than a file may.  */
static uint64_t
limit (void)
{
  struct rlimit file;
  return getrlimit (RLIMIT_FSIZE, &file) == 0 && file.rlim_cur < ENOUGH
             ? (uint64_t)file.rlim_cur
             : ENOUGH;
}

/* Let the index tell of HEADS, which come after what it tells.  Without it, and with an old
   one, the pack is read in its place.  */
static void
write_index (azml__packs *packs)
{
  azml__pack *pack = &packs->packs[packs->out_pack];
  char name[AZML__PACK_NAME];
  off_t at = (off_t)(pack->heads * AZML__PACK_HEAD);
  AZML_AUTO_CLOSE int fd =
      openat (packs->folder, azml__pack_name (pack, "index", name),
              O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 && azml__buffer_ok (&packs->heads) && ftruncate (fd, at) == 0
      && lseek (fd, at, SEEK_SET) == at
      && azml__file_write (fd, packs->heads.data, packs->heads.length, NULL) == 0)
    {
      pack->heads += packs->heads.length / AZML__PACK_HEAD;
      azml__buffer_truncate (&packs->heads, 0);
    }
}

/* Have what was added written as far as the file system does it when a file is closed.  */
static int
flush (azml__packs *packs, azml_error **err)
{
  if (packs->out_size == packs->out_begin)
    return 0;
  int copy = fcntl (packs->out, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0 && (close (copy) == 0 || errno == EINTR))
    return 0;
  int rc = azml__error_os (err, errno, "add objects");
  (void)!ftruncate (packs->out, (off_t)packs->out_begin);
  azml__buffer_truncate (&packs->heads, 0);
  azml__packs_forget (packs, packs->out_pack);
  return rc;
}

int
azml__packs_rest (azml__packs *packs, azml_error **err)
{
  if (packs->out < 0)
    return 0;
  int rc = flush (packs, err);
  if (packs->heads.length)
    write_index (packs);
  azml__buffer_done (&packs->heads);
  /* A child that was forked meanwhile has the lock as well.  */
  (void)!flock (packs->out, LOCK_UN);
  close (azml__steal_fd (&packs->out));
  return rc;
}

/* Add the heads of the pack that is added to which its index lacks: who added them was
   killed.  */
static void
add_heads (azml__packs *packs)
{
  const azml__pack_table *table = &packs->table;
  const azml__pack *pack = &packs->packs[packs->out_pack];
  uint64_t known = pack->heads, seen = 0;
  if (known == pack->records)
    return;
  for (size_t i = 0; i < table->count; i++)
    {
      const azml__packed *record = &table->records[i];
      char head[AZML__PACK_HEAD];
      if (record->pack != packs->out_pack || seen++ < known)
        continue;
      azml__pack_head (head, &record->digest, record->size);
      azml__buffer_add (&packs->heads, head, sizeof head);
    }
}

/* FD (taken) is pack NUMBER, to add to.  */
static void
take_out (azml__packs *packs, int fd, uint32_t number)
{
  packs->out = fd;
  packs->out_pack = number;
  packs->out_begin = packs->out_size = packs->packs[number].end;
  packs->out_limit = limit ();
}

/* Go on with pack NUMBER.  Return 0 if it is too large, somebody else adds to it, or it was
   removed.  */
static int
go_on (azml__packs *packs, uint32_t number)
{
  azml__pack *pack = &packs->packs[number];
  char name[AZML__PACK_NAME];
  struct stat st;
  int locked = 0;
  if (pack->fd < 0 || pack->end + AZML__PACK_HEAD + AZML__PACKED_LIMIT > limit ())
    return 0;
  AZML_AUTO_CLOSE int fd =
      openat (packs->folder, azml__pack_name (pack, "pack", name),
              O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || azml__file_try_lock (fd, &locked, NULL) < 0 || !locked
      || azml__packs_learn (packs, number) < 0 || fstat (fd, &st) < 0
      || st.st_nlink == 0)
    return 0;
  /* A power cut took what was removed, but not the word of it: that would be believed of what
     comes in its place.  */
  azml__pack_learn_gone (packs->folder, pack, number, &packs->table);
  if (pack->gone_last >= pack->end)
    return 0;
  /* What a killed process left of its last record.  */
  if ((uint64_t)st.st_size > pack->end && ftruncate (fd, (off_t)pack->end) < 0)
    return 0;
  take_out (packs, azml__steal_fd (&fd), number);
  add_heads (packs);
  return 1;
}

/* Make the pack PACK; store it open for adding in *RET_FD (new).  It has its name when it is
   one: what is left of an attempt goes with what objects leave.  */
static int
make_pack (azml__packs *packs, int folder, azml__pack *pack, int *ret_fd,
           azml_error **err)
{
  char name[AZML__PACK_NAME], aside[AZML__PACK_NAME];
  int locked;
  snprintf (aside, sizeof aside, ".tmp-%.12s", pack->id);
  AZML_AUTO_CLOSE int fd = openat (
      folder, aside, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return azml__folder_refused (err, errno, folder);
  /* Where nothing can be locked, nobody else ever adds to it.  */
  (void)!azml__file_try_lock (fd, &locked, NULL);
  int rc = azml__file_write (fd, AZML__PACK_MAGIC, AZML__PACK_MAGIC_SIZE, err);
  azml__pack_name (pack, "pack", name);
  if (rc == 0 && renameat (folder, aside, packs->folder, name) < 0)
    rc = azml__error_os (err, errno, "make the pack '%s'", name);
  if (rc < 0)
    unlinkat (folder, aside, 0);
  else if (azml__pack_open (packs->folder, pack) < 0)
    rc = azml__error_os (err, errno, "open the pack '%s'", name);
  if (rc == 0)
    *ret_fd = azml__steal_fd (&fd);
  return rc;
}

/* Begin a pack.  */
static int
begin (azml__packs *packs, int folder, azml_error **err)
{
  azml__pack pack = { .fd = -1 };
  AZML_AUTO_CLOSE int fd = -1;
  int rc = azml__random_id (pack.id, err);
  if (rc == 0)
    rc = make_pack (packs, folder, &pack, &fd, err);
  if (rc < 0)
    return rc;
  int number = azml__packs_enter (packs, &pack);
  if (number < 0)
    {
      azml__pack_close (&pack);
      return azml__error_no_memory (err);
    }
  take_out (packs, azml__steal_fd (&fd), (uint32_t)number);
  return 0;
}

/* Have a pack to add to.  */
static int
choose (azml__packs *packs, int folder, azml_error **err)
{
  int rc = 0;
  if (packs->out >= 0
      && packs->out_size + AZML__PACK_HEAD + AZML__PACKED_LIMIT > packs->out_limit)
    rc = azml__packs_rest (packs, err);
  if (rc < 0 || packs->out >= 0)
    return rc;
  rc = azml__packs_place (packs, folder, err);
  if (rc < 0)
    return rc;
  if (!packs->looked)
    azml__packs_refresh (packs, folder);
  for (size_t i = packs->count; i-- > 0;)
    if (go_on (packs, (uint32_t)i))
      return 0;
  return begin (packs, folder, err);
}

/* Write a record of HEAD and N bytes of DATA: all of it or nothing.  */
static int
append (azml__packs *packs, char *head, const void *data, size_t n,
        azml_error **err)
{
  struct iovec parts[2] = { { head, AZML__PACK_HEAD }, { (void *)data, n } };
  ssize_t done;
  do
    done = writev (packs->out, parts, 2);
  while (done < 0 && errno == EINTR);
  int rc = done < 0 ? azml__error_os (err, errno, "add an object") : 0;
  /* Short: the disk is full, which the rest of it says.  */
  if (rc == 0 && (size_t)done < AZML__PACK_HEAD)
    rc = azml__file_write (packs->out, head + done, AZML__PACK_HEAD - (size_t)done,
                           err);
  size_t skip = (size_t)done > AZML__PACK_HEAD ? (size_t)done - AZML__PACK_HEAD : 0;
  if (rc == 0 && (size_t)done < AZML__PACK_HEAD + n)
    rc = azml__file_write (packs->out, (const char *)data + skip, n - skip, err);
  if (rc < 0)
    (void)!ftruncate (packs->out, (off_t)packs->out_size);
  return rc;
}

int
azml__packs_add (azml__packs *packs, int folder, const azml__digest *digest,
                 const void *data, size_t n, azml_error **err)
{
  char head[AZML__PACK_HEAD];
  int rc = choose (packs, folder, err);
  if (rc < 0)
    return rc;
  azml__pack_head (head, digest, n);
  rc = append (packs, head, data, n, err);
  if (rc < 0)
    {
      /* Who adds next looks where it ends.  */
      (void)!azml__packs_rest (packs, NULL);
      return rc;
    }
  azml__packed record = { .digest = *digest,
                          .pack = packs->out_pack,
                          .offset = packs->out_size + AZML__PACK_HEAD,
                          .size = (uint32_t)n };
  packs->out_size = packs->packs[packs->out_pack].end = record.offset + n;
  packs->packs[packs->out_pack].records++;
  azml__buffer_add (&packs->heads, head, sizeof head);
  if (packs->heads.length >= HEADS * AZML__PACK_HEAD)
    write_index (packs);
  return azml__pack_table_add (&packs->table, &record) < 0
                 || azml__pack_table_link (&packs->table) < 0
             ? azml__error_no_memory (err)
             : 0;
}

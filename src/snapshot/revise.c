/* revise.c: make one source tree of another that is there already.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What goes is removed first, with the folders that it leaves empty; so whatever
   comes finds its place free.  */

#include <config.h>

#include "snapshot/revise.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/cancel.h"
#include "snapshot/maker.h"

/* Two sorted lists of entries, gone through side by side.  */
typedef struct pair
{
  const azml__manifest *from, *to;
  size_t at_from, at_to;
  const azml__manifest_entry *old, *new; /* of one path; NULL: it has none */
} pair;

/* Go to the next path.  Return 0 if there is none.  */
static int
next (pair *p)
{
  int order;
  if (p->at_from == p->from->count && p->at_to == p->to->count)
    return 0;
  if (p->at_from == p->from->count)
    order = 1;
  else if (p->at_to == p->to->count)
    order = -1;
  else
    order =
        strcmp (p->from->entries[p->at_from].path, p->to->entries[p->at_to].path);
  p->old = order <= 0 ? &p->from->entries[p->at_from++] : NULL;
  p->new = order >= 0 ? &p->to->entries[p->at_to++] : NULL;
  return 1;
}

static int
is_same (const pair *p)
{
  const azml__manifest_entry *a = p->old, *b = p->new;
  if (!a || !b || a->type != b->type)
    return 0;
  if (a->type == 'd')
    return 1;
  if (a->type == 'l')
    return strcmp (a->target, b->target) == 0;
  return a->size == b->size
         && memcmp (&a->digest, &b->digest, sizeof a->digest) == 0;
}

size_t
azml__manifest_difference (const azml__manifest *from, const azml__manifest *to)
{
  pair p = { .from = from, .to = to };
  size_t count = 0;
  while (next (&p))
    count += !is_same (&p);
  return count;
}

/* Has MANIFEST anything in the folder that the first N bytes of PATH name, the slash
   at the end included?  */
static int
has_folder (const azml__manifest *manifest, const char *path, size_t n)
{
  size_t low = 0, high = manifest->count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (strncmp (manifest->entries[middle].path, path, n) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low < manifest->count
         && strncmp (manifest->entries[low].path, path, n) == 0;
}

/* Remove the folders above PATH that TO does not have.  Those that are not empty yet
   go with the last that is in them.  */
static int
remove_folders (int top, const char *path, const azml__manifest *to,
                azml_error **err)
{
  AZML_AUTO_FREE char *folder = strdup (path);
  char *slash;
  if (!folder)
    return azml__error_no_memory (err);
  while ((slash = strrchr (folder, '/'))
         && !has_folder (to, folder, (size_t)(slash + 1 - folder)))
    {
      *slash = '\0';
      if (unlinkat (top, folder, AT_REMOVEDIR) < 0)
        return errno == ENOTEMPTY || errno == EEXIST
                   ? 0
                   : azml__error_os (err, errno, "remove the folder '%s'", folder);
    }
  return 0;
}

static int
remove_old (int top, const azml__manifest_entry *old, const azml__manifest *to,
            azml_error **err)
{
  if (unlinkat (top, old->path, old->type == 'd' ? AT_REMOVEDIR : 0) < 0)
    return azml__error_os (err, errno, "remove '%s'", old->path);
  return remove_folders (top, old->path, to, err);
}

int
azml__snapshot_revise (azml__objects *objects, const azml__manifest *from,
                       const azml__manifest *to, const char *target,
                       azml_cancel *cancel, json_t **ret_linked, azml_error **err)
{
  AZML_AUTO_MAKER maker = AZML__MAKER_INIT;
  pair p = { .from = from, .to = to };
  int rc = azml__maker_open (&maker, objects, target, 0, cancel, err);
  while (rc == 0 && next (&p))
    {
      rc = azml__cancel_check (cancel, err);
      if (rc == 0 && p.old && !is_same (&p))
        rc = remove_old (maker.place.levels[0].fd, p.old, to, err);
    }
  p = (pair){ .from = from, .to = to };
  while (rc == 0 && next (&p))
    if (p.new)
      rc = is_same (&p) ? azml__maker_note (&maker, p.new, err)
                        : azml__maker_make (&maker, p.new, err);
  if (rc == 0 && ret_linked)
    *ret_linked = azml_steal (&maker.linked);
  return rc;
}

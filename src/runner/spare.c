/* spare.c: take a source tree that was made before it is asked for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/spare.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "runner/spare-name.h"
#include "snapshot/revise.h"

#define PATIENCE_MS 1000 /* for a tree that is being made */
#define GLANCE_MS 2

int
azml__spare_name_of (const azml__runner *runner, azml__spare_name *ret)
{
  AZML_AUTO (json_t) run = azml__charge_run (runner->charge);
  const char *project = azml__json_string (run, "project");
  size_t n = project ? strlen (project) : 0;
  if (!runner->job.has_snapshot || runner->job.no_spare || n == 0
      || n >= sizeof ret->project)
    return 0;
  for (size_t i = 0; i < n; i++)
    if (!isalnum ((unsigned char)project[i]))
      return 0;
  strcpy (ret->project, project);
  azml__clock_boot_id (ret->boot);
  ret->umask = (unsigned)runner->charge->user_umask;
  azml__digest_hex (&runner->job.snapshot, ret->digest);
  return ret->boot[0] != '\0';
}

void
azml__spare_name_write (const azml__spare_name *name, char text[AZML__SPARE_NAME])
{
  snprintf (text, AZML__SPARE_NAME, "%s.%03o.%s.%s", name->boot, name->umask,
            name->project, name->digest);
}

int
azml__spare_name_read (const char *text, azml__spare_name *ret)
{
  azml__digest digest;
  char again[AZML__SPARE_NAME];
  if (sscanf (text, "%39[^.].%o.%64[^.].%64[^.]", ret->boot, &ret->umask,
              ret->project, ret->digest)
          != 4
      || azml__digest_parse (ret->digest, &digest) < 0)
    return 0;
  azml__spare_name_write (ret, again);
  return strcmp (text, again) == 0;
}

/* Is a tree of the project of WANTED being made in the open folder SPARES at this
   moment?  */
static int
is_being_made (int spares, const azml__spare_name *wanted)
{
  AZML_AUTO (DIR) dir = azml__folder_entries (spares, ".");
  struct dirent *entry;
  int found = 0, locked = 0;
  if (!dir)
    return 0;
  while (!found && (entry = readdir (dir)))
    {
      azml__spare_name name;
      found =
          strncmp (entry->d_name, AZML__SPARE_MAKING, sizeof AZML__SPARE_MAKING - 1)
              == 0
          && azml__spare_name_read (entry->d_name + sizeof AZML__SPARE_MAKING - 1,
                                    &name)
          && strcmp (name.boot, wanted->boot) == 0 && name.umask == wanted->umask
          && strcmp (name.project, wanted->project) == 0;
    }
  /* One whose maker was killed is nobody's matter: then the folder is not locked.  */
  return found && azml__file_try_lock (dirfd (dir), &locked, NULL) == 0 && !locked;
}

/* A run that follows another at once comes while its tree is being made: waiting for the
   rest of that takes less than making one beside it.  */
static void
await_maker (azml__runner *runner, int spares, const azml__spare_name *wanted)
{
  struct timespec moment = { 0, GLANCE_MS * 1000000 };
  for (int ms = 0; ms < PATIENCE_MS && is_being_made (spares, wanted)
                   && !azml_cancel_is_set (runner->cancel);
       ms += GLANCE_MS)
    nanosleep (&moment, NULL);
}

/* The tree in the open folder SPARES that is nearest to WANTED, into *RET.  Return 0
   if there is none of its project.  */
static int
find (int spares, const azml__spare_name *wanted, azml__spare_name *ret)
{
  AZML_AUTO (DIR) dir = azml__folder_entries (spares, ".");
  struct dirent *entry;
  int found = 0;
  if (!dir)
    return 0;
  while (found < 2 && (entry = readdir (dir)))
    {
      azml__spare_name name;
      if (!azml__spare_name_read (entry->d_name, &name)
          || strcmp (name.boot, wanted->boot) != 0 || name.umask != wanted->umask)
        continue;
      int same = strcmp (name.digest, wanted->digest) == 0;
      if (!same && strcmp (name.project, wanted->project) != 0)
        continue;
      *ret = name;
      found = same ? 2 : 1;
    }
  return found;
}

/* Load both manifests; FROM is left empty where it is the same.  Return 0 unless it
   takes less to change the one tree than to make the other.  */
static int
is_near (azml__objects *objects, const azml__spare_name *name,
         const azml__digest *wanted, azml__manifest *from, azml__manifest *to)
{
  azml__digest digest;
  if (azml__digest_parse (name->digest, &digest) < 0
      || azml__manifest_load (objects, wanted, to, NULL) < 0)
    return 0;
  return memcmp (&digest, wanted, sizeof digest) == 0
         || (azml__manifest_load (objects, &digest, from, NULL) == 0
             && azml__manifest_difference (from, to) <= to->count / 2);
}

int
azml__spare_take (azml__runner *runner)
{
  const azml__charge *charge = runner->charge;
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO_MANIFEST from = AZML__MANIFEST_INIT;
  AZML_AUTO_MANIFEST to = AZML__MANIFEST_INIT;
  AZML_AUTO_FREE char *source = azml__path_join (charge->path, "source");
  azml__spare_name wanted, found;
  char text[AZML__SPARE_NAME];
  AZML_AUTO_CLOSE int spares =
      openat (charge->folder, "../" AZML__SPARE_FOLDER,
              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (spares < 0 || !source || !azml__spare_name_of (runner, &wanted))
    return 0;
  await_maker (runner, spares, &wanted);
  if (!find (spares, &wanted, &found)
      || azml__objects_open (charge->objects, &objects, NULL) < 0
      || !is_near (objects, &found, &runner->job.snapshot, &from, &to))
    return 0;
  azml__spare_name_write (&found, text);
  if (renameat (spares, text, charge->folder, "source") < 0)
    return 0; /* another run was faster */
  if (azml__snapshot_revise (objects, from.count ? &from : &to, &to, source,
                             runner->cancel, &runner->linked, NULL)
      == 0)
    return 1;
  azml__file_remove_tree (charge->folder, "source", NULL);
  return 0;
}

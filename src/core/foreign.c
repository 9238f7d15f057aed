/* foreign.c: what others own in a tree of ours.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/foreign.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/path.h"

#define DEEPEST 64 /* folders that are open at once */

static int
refuse (const char *top, const char *path, uid_t owner, azml_error **err)
{
  char user[40] = "root";
  if (owner)
    snprintf (user, sizeof user, "user %lu", (unsigned long)owner);
  int rc = azml__error (err, AZML_E_DENIED,
                        "'%s' belongs to %s, who alone can remove what is in it",
                        path, user);
  azml__error_hint (err,
                    "a container that runs as another user leaves that: "
                    "'sudo chown -R \"$USER\" \"%s\"' makes it yours",
                    top);
  return rc;
}

/* Look at NAME in the open FOLDER, which is PATH.  */
static int
visit (const char *top, int folder, const char *name, const char *path, int depth,
       azml_error **err)
{
  struct stat st;
  int rc = 0;
  if (depth == DEEPEST || fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISDIR (st.st_mode))
    return 0;
  /* Of ours the removal changes the mode.  */
  int ours = st.st_uid == geteuid ()
             || faccessat (folder, name, W_OK | X_OK, AT_EACCESS) == 0;
  AZML_AUTO (DIR) dir = azml__folder_entries (folder, name);
  if (!dir)
    return ours ? 0 : refuse (top, path, st.st_uid, err);
  struct dirent *entry;
  while (rc == 0 && (entry = readdir (dir)))
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      if (!ours)
        return refuse (top, path, st.st_uid, err);
      AZML_AUTO_FREE char *below = azml__path_join (path, entry->d_name);
      rc = below ? visit (top, dirfd (dir), entry->d_name, below, depth + 1, err)
                 : azml__error_no_memory (err);
    }
  return rc;
}

int
azml__foreign_check (const char *path, azml_error **err)
{
  return geteuid () == 0 ? 0 : visit (path, AT_FDCWD, path, path, 0, err);
}

/* git.c: the git repository that a folder is in.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/git.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/path.h"
#include "core/spawn.h"

#define NAMES_LIMIT ((size_t)1 << 20)

void
azml__git_done (azml__git *git)
{
  free (git->root);
  free (git->folder);
  free (git->common);
  *git = (azml__git){ .root = NULL };
}

/* The first line of FILE (new), NULL if there is none.  */
static char *
first_line (const char *file)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (azml__file_read (AT_FDCWD, file, 4096, &text, NULL) < 0 || !text.data)
    return NULL;
  return strndup (text.data, strcspn (text.data, "\r\n"));
}

/* The git folder of the work tree ROOT (new), NULL if ROOT is none.  */
static char *
git_folder (const char *root)
{
  struct stat st;
  AZML_AUTO_FREE char *dot = azml__path_join (root, ".git");
  if (!dot || stat (dot, &st) < 0)
    return NULL;
  if (S_ISDIR (st.st_mode))
    return azml_steal (&dot);
  AZML_AUTO_FREE char *line = first_line (dot);
  return line && strncmp (line, "gitdir: ", 8) == 0
             ? azml__path_join (root, line + 8)
             : NULL;
}

/* As git does: what is ours, or, for root, root's or that of who called sudo.  */
static int
is_ours (const char *path, uid_t *ret_owner)
{
  struct stat st;
  uid_t me = geteuid ();
  if (lstat (path, &st) < 0)
    return 1; /* git has nothing to read there, either */
  if (me == 0 && st.st_uid != 0)
    {
      const char *caller = getenv ("SUDO_UID");
      char *end = NULL;
      errno = 0;
      unsigned long id = caller ? strtoul (caller, &end, 10) : 0;
      if (caller && *caller && !*end && !errno && id <= UINT_MAX)
        me = (uid_t)id;
    }
  if (st.st_uid == me)
    return 1;
  *ret_owner = st.st_uid;
  return 0;
}

/* Append what git's own settings say of safe.directory, a line for each; nothing where there is no
   git.  No repository is looked at for that.  */
static int
ask_safe (azml__buffer *text, azml_error **err)
{
  char *argv[] = { "git",       "--git-dir=/",    "config", "--type=path",
                   "--get-all", "safe.directory", NULL };
  AZML_AUTO (azml_error) reason = NULL;
  int code;
  int rc = azml__spawn_read (argv, "/", NAMES_LIMIT, NULL, text, &code, &reason);
  if (rc == AZML_E_NOT_FOUND || rc == AZML_E_DENIED)
    return 0;
  azml__error_move (err, &reason);
  return rc;
}

/* Whether NAME of safe.directory means ROOT.  */
static int
means (const char *name, const char *root)
{
  size_t n = strlen (name);
  if (strcmp (name, "*") == 0 || strcmp (name, root) == 0)
    return 1;
  return n > 1 && strcmp (name + n - 2, "/*") == 0
         && strncmp (name, root, n - 1) == 0;
}

/* Store in *RET whether git's settings trust the work tree ROOT.  */
static int
is_safe (const char *root, int *ret, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = ask_safe (&text, err), safe = 0;
  char *line = rc == 0 && text.length ? text.data : NULL;
  while (line && *line)
    {
      char *end = strchr (line, '\n');
      if (end)
        *end = '\0';
      /* An empty one takes back those before it.  */
      safe = *line ? safe || means (line, root) : 0;
      line = end ? end + 1 : NULL;
    }
  if (rc == 0)
    *ret = safe;
  return rc;
}

int
azml__git_find (const char *folder, azml__git *ret, azml_error **err)
{
  AZML_AUTO_GIT git = { .root = realpath (folder, NULL) };
  if (!git.root)
    return azml__error_os (err, errno, "'%s'", folder);
  while (*git.root && !(git.folder = git_folder (git.root)))
    *strrchr (git.root, '/') = '\0';
  if (!git.folder)
    return 0;
  AZML_AUTO_FREE char *dot = azml__path_join (git.root, ".git");
  AZML_AUTO_FREE char *file = azml__path_join (git.folder, "commondir");
  AZML_AUTO_FREE char *line = file ? first_line (file) : NULL;
  git.common = line ? azml__path_join (git.folder, line) : strdup (git.folder);
  if (!dot || !file || !git.common)
    return azml__error_no_memory (err);
  int safe = 1, rc = 0;
  if (!is_ours (dot, &git.owner) || !is_ours (git.root, &git.owner)
      || !is_ours (git.folder, &git.owner))
    rc = is_safe (git.root, &safe, err);
  if (rc < 0)
    return rc;
  git.foreign = !safe;
  *ret = git;
  git = (azml__git){ .root = NULL };
  return 0;
}

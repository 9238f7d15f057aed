/* file.c: files and variables by their bytes, whatever the locale.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Guile's own procedures convert names by the locale: one with a byte that is not
   UTF-8 cannot be opened.  */

#include <config.h>

#include "guile/binding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/file.h"
#include "core/foreign.h"
#include "core/json.h"
#include "snapshot/copy.h"

/* Recipes, logs' ends, small things: what is bigger is not read into Scheme.  */
#define READ_LIMIT ((size_t)256 << 20)

static SCM
file_read (SCM name)
{
  azml__buffer text = AZML__BUFFER_INIT;
  azml_error *err = NULL;
  const char *path = azml__guile_to_text (name, "%file-read", 1);
  if (azml__file_read (AT_FDCWD, path, READ_LIMIT, &text, &err) < 0)
    {
      azml__buffer_done (&text);
      azml__guile_throw ("%file-read", err);
    }
  SCM string = azml__guile_from_bytes (text.data ? text.data : "", text.length);
  azml__buffer_done (&text);
  return string;
}

static SCM
pair (const char *key, SCM value)
{
  return scm_cons (scm_from_utf8_symbol (key), value);
}

/* ((type . file|folder|link|other) (size . N) (mtime . MS) (mode . N)), #f if there
   is no such file.  */
static SCM
file_status (SCM name, SCM follow)
{
  struct stat st;
  const char *path = azml__guile_to_text (name, "%file-status", 1);
  int flags = SCM_UNBNDP (follow) || scm_is_true (follow) ? 0 : AT_SYMLINK_NOFOLLOW;
  if (fstatat (AT_FDCWD, path, &st, flags) < 0)
    {
      azml_error *err = NULL;
      if (errno == ENOENT || errno == ENOTDIR)
        return SCM_BOOL_F;
      azml__error_os (&err, errno, "'%s'", path);
      azml__guile_throw ("%file-status", err);
    }
  const char *type = S_ISREG (st.st_mode)   ? "file"
                     : S_ISDIR (st.st_mode) ? "folder"
                     : S_ISLNK (st.st_mode) ? "link"
                                            : "other";
  int64_t ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
  return scm_list_4 (pair ("type", scm_from_utf8_symbol (type)),
                     pair ("size", scm_from_int64 (st.st_size)),
                     pair ("mtime", scm_from_int64 (ms)),
                     pair ("mode", scm_from_int ((int)(st.st_mode & 07777))));
}

static int
by_bytes (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

/* The names in a folder, sorted as bytes, without . and .. */
static int
list_folder (const char *path, json_t **ret, azml_error **err)
{
  struct dirent **entries = NULL;
  int n = scandir (path, &entries, NULL, by_bytes);
  if (n < 0)
    return azml__error_os (err, errno, "read the folder '%s'", path);
  json_t *names = json_array ();
  for (int i = 0; i < n; i++)
    {
      const char *name = entries[i]->d_name;
      json_t *value = azml__json_text (name);
      if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        json_decref (value);
      else
        json_array_append_new (names, value);
      free (entries[i]);
    }
  free (entries);
  *ret = names;
  return 0;
}

static SCM
file_list (SCM name)
{
  json_t *names = NULL;
  azml_error *err = NULL;
  if (list_folder (azml__guile_to_text (name, "%file-list", 1), &names, &err) < 0)
    azml__guile_throw ("%file-list", err);
  return scm_vector_to_list (azml__guile_take_json (names));
}

/* The absolute name without links, dots or double slashes.  */
static SCM
file_real (SCM name)
{
  const char *path = azml__guile_to_text (name, "%file-real", 1);
  char *real = realpath (path, NULL);
  if (!real)
    {
      azml_error *err = NULL;
      azml__error_os (&err, errno, "'%s'", path);
      azml__guile_throw ("%file-real", err);
    }
  return azml__guile_take_text (real);
}

static SCM
working_folder (void)
{
  char *path = getcwd (NULL, 0);
  if (!path)
    {
      azml_error *err = NULL;
      azml__error_os (&err, errno, "the working folder");
      azml__guile_throw ("%working-folder", err);
    }
  return azml__guile_take_text (path);
}

static SCM
get_variable (SCM name)
{
  return azml__guile_from_text (getenv (azml__guile_to_text (name, "%getenv", 1)));
}

struct change
{
  const char *path;
  azml_error *err;
  int rc;
};

static void *
remove_work (void *data)
{
  struct change *c = data;
  c->rc = azml__file_remove_tree (AT_FDCWD, c->path, &c->err);
  return NULL;
}

/* Remove the file or folder NAME with all that is in it; none is fine.  */
static SCM
file_remove (SCM name)
{
  struct change c = { .path = azml__guile_to_text (name, "%file-remove", 1) };
  azml__guile_blocking (remove_work, &c);
  scm_remember_upto_here_1 (name);
  if (c.rc < 0)
    azml__guile_throw ("%file-remove", c.err);
  return SCM_UNSPECIFIED;
}

static void *
check_removal_work (void *data)
{
  struct change *c = data;
  c->rc = azml__foreign_check (c->path, &c->err);
  return NULL;
}

/* Throw if somebody else's folders keep the folder NAME from being removed.  */
static SCM
file_check_removal (SCM name)
{
  struct change c = { .path =
                          azml__guile_to_text (name, "%file-check-removal", 1) };
  azml__guile_blocking (check_removal_work, &c);
  scm_remember_upto_here_1 (name);
  if (c.rc < 0)
    azml__guile_throw ("%file-check-removal", c.err);
  return SCM_UNSPECIFIED;
}

struct copy
{
  const char *from, *to;
  azml_error *err;
  int rc;
};

static void *
copy_work (void *data)
{
  struct copy *c = data;
  c->rc = azml__copy_file (c->from, c->to, azml__guile_cancel (), &c->err);
  return NULL;
}

/* Replace the file TO by a copy of the file FROM.  */
static SCM
file_copy (SCM from, SCM to)
{
  struct copy c = { .from = azml__guile_to_text (from, "%file-copy", 1),
                    .to = azml__guile_to_text (to, "%file-copy", 2) };
  azml__guile_blocking (copy_work, &c);
  scm_remember_upto_here_2 (from, to);
  if (c.rc < 0)
    azml__guile_throw ("%file-copy", c.err);
  return SCM_UNSPECIFIED;
}

/* Rename FROM to TO.  */
static SCM
file_rename (SCM from, SCM to)
{
  const char *old = azml__guile_to_text (from, "%file-rename", 1);
  const char *new = azml__guile_to_text (to, "%file-rename", 2);
  if (rename (old, new) < 0)
    {
      azml_error *err = NULL;
      azml__error_os (&err, errno, "rename '%s'", old);
      azml__guile_throw ("%file-rename", err);
    }
  return SCM_UNSPECIFIED;
}

/* Replace the file NAME by TEXT, whole or not at all.  Who may read it may do so after it,
   too; a new file is everybody's that the umask lets, or with SECRET nobody's but ours.  */
static SCM
file_replace (SCM name, SCM text, SCM secret)
{
  azml_error *err = NULL;
  size_t n;
  struct stat before;
  const char *path = azml__guile_to_text (name, "%file-replace", 1);
  const char *bytes = azml__guile_to_bytes (text, &n, "%file-replace", 2);
  int is_secret = !SCM_UNBNDP (secret) && scm_is_true (secret);
  int keeps = !is_secret && stat (path, &before) == 0;
  if (azml__file_replace (AT_FDCWD, path, bytes, n,
                          is_secret ? 0600
                          : keeps   ? before.st_mode & 0777
                                    : 0666,
                          1, &err)
      < 0)
    azml__guile_throw ("%file-replace", err);
  if (keeps)
    (void)chmod (path, before.st_mode & 0777); /* what the umask took away */
  scm_remember_upto_here_1 (text);
  return SCM_UNSPECIFIED;
}

/* Make the folder NAME and what is missing above it; an existing one is fine.  */
static SCM
folder_make (SCM name)
{
  azml_error *err = NULL;
  const char *path = azml__guile_to_text (name, "%folder-make", 1);
  if (azml__folder_make (path, 0777, &err) < 0)
    azml__guile_throw ("%folder-make", err);
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_file (void)
{
  azml__guile_define ("%file-remove", 1, 0, file_remove);
  azml__guile_define ("%file-check-removal", 1, 0, file_check_removal);
  azml__guile_define ("%file-rename", 2, 0, file_rename);
  azml__guile_define ("%file-replace", 2, 1, file_replace);
  azml__guile_define ("%file-copy", 2, 0, file_copy);
  azml__guile_define ("%folder-make", 1, 0, folder_make);
  azml__guile_define ("%file-read", 1, 0, file_read);
  azml__guile_define ("%file-status", 1, 1, file_status);
  azml__guile_define ("%file-list", 1, 0, file_list);
  azml__guile_define ("%file-real", 1, 0, file_real);
  azml__guile_define ("%working-folder", 0, 0, working_folder);
  azml__guile_define ("%getenv", 1, 0, get_variable);
}

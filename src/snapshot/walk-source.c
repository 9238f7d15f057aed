/* walk-source.c: a source tree, looked at by the rules of its ignore files.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Folders that wait to be read are a stack of paths, so one descriptor and a flat C
   stack are enough for a tree of any depth.  */

#include <config.h>

#include "snapshot/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "core/cancel.h"
#include "core/file.h"
#include "snapshot/ignore-above.h"

#define IGNORE_FILE_LIMIT ((size_t)16 << 20)

static const char *const ignore_files[] = { ".azmlignore", ".amlignore" };
static const char git_ignore[] = ".gitignore";

/* A folder to be read.  */
typedef struct folder
{
  char *path; /* "" or with a slash at the end; owned */
  const azml__ignore *rules;
} folder;

typedef struct walker
{
  azml__walk *walk;
  const char *source;
  azml_cancel *cancel;
  folder *folders;
  size_t n_folders, folders_room;
  azml__ignore **rules; /* all that were read */
  size_t n_rules, rules_room;
  int nested;         /* a .gitignore counts in every folder */
  azml__buffer names; /* of the folder that is being read: type, name, NUL */
  azml__buffer path;  /* of the entry that is being looked at */
} walker;

static void
walker_done (walker *w)
{
  for (size_t i = 0; i < w->n_folders; i++)
    free (w->folders[i].path);
  free (w->folders);
  for (size_t i = 0; i < w->n_rules; i++)
    azml__ignore_free (w->rules[i]);
  free (w->rules);
  azml__buffer_done (&w->names);
  azml__buffer_done (&w->path);
}

/* Read the ignore file NAME of the open folder FD, whose path is in W->path.  Store
   1 in *RET_FOUND unless there is none.  */
static int
read_rules (walker *w, int fd, const char *name, size_t base,
            const azml__ignore **rules, int *ret_found, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO (azml__ignore) read = NULL;
  struct stat st;
  *ret_found = fstatat (fd, name, &st, 0) == 0 && S_ISREG (st.st_mode);
  if (!*ret_found)
    return 0;
  int rc = azml__file_read (fd, name, IGNORE_FILE_LIMIT, &text, err);
  if (rc == 0)
    rc = azml__ignore_parse (text.data ? text.data : "", text.length, base, *rules,
                             &read, err);
  if (rc == 0)
    rc = azml__walk_grow (&w->rules, w->n_rules, &w->rules_room, sizeof *w->rules,
                          err);
  if (rc < 0)
    return rc;
  *rules = w->rules[w->n_rules++] = azml_steal (&read);
  return 0;
}

static int
push_folder (walker *w, const char *path, const azml__ignore *rules,
             azml_error **err)
{
  int rc = azml__walk_grow (&w->folders, w->n_folders, &w->folders_room,
                            sizeof *w->folders, err);
  if (rc < 0)
    return rc;
  size_t n = strlen (path);
  char *copy = malloc (n + 2);
  if (!copy)
    return azml__error_no_memory (err);
  memcpy (copy, path, n);
  memcpy (copy + n, n ? "/" : "", n ? 2 : 1);
  w->folders[w->n_folders++] = (folder){ copy, rules };
  return 0;
}

static int
add_link (walker *w, int fd, const char *name, azml_error **err)
{
  char target[PATH_MAX + 1];
  const char *path = w->path.data;
  ssize_t n = readlinkat (fd, name, target, sizeof target);
  if (n < 0 && (errno == ENOENT || errno == EINVAL))
    return 0;
  if (n < 0 || (size_t)n == sizeof target)
    return azml__error_os (err, n < 0 ? errno : ENAMETOOLONG, "read the link '%s'",
                           path);
  char *copy = strndup (target, (size_t)n);
  if (!copy)
    return azml__error_no_memory (err);
  return azml__walk_add (w->walk, 'l', path, strlen (path), NULL, copy, err);
}

/* Is this one that never goes into a snapshot?  */
static int
is_ours (const char *name, int at_top)
{
  return strcmp (name, ".git") == 0 || strcmp (name, ".azml") == 0
         || (at_top && strcmp (name, "outputs") == 0);
}

/* Look at NAME, a `struct dirent' of type TYPE in the folder FD; its path is in
   W->path.  Store 1 in *RET_KEPT if it is part of the snapshot.  */
static int
look_at (walker *w, int fd, const char *name, unsigned char type,
         const azml__ignore *rules, int *ret_kept, azml_error **err)
{
  const char *path = w->path.data;
  struct stat st;
  *ret_kept = 0;
  if (type == DT_UNKNOWN)
    {
      if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : azml__error_os (err, errno, "'%s'", path);
      type = (unsigned char)IFTODT (st.st_mode);
    }
  if (is_ours (name, name == path)
      || azml__ignore_match (rules, path, type == DT_DIR))
    return azml__walk_list (&w->walk->ignored, path, type == DT_DIR, err);
  if (type == DT_DIR)
    {
      *ret_kept = 1;
      return push_folder (w, path, rules, err);
    }
  if (type == DT_LNK)
    {
      *ret_kept = 1;
      return add_link (w, fd, name, err);
    }
  if (type != DT_REG)
    return azml__walk_list (&w->walk->special, path, 0, err);
  if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 0 : azml__error_os (err, errno, "'%s'", path);
  if (!S_ISREG (st.st_mode))
    return azml__error (err, AZML_E_CHANGED, "'%s' changes while it is read", path);
  azml__file_key key;
  azml__file_key_fill (&key, &st);
  *ret_kept = 1;
  return azml__walk_add (w->walk, st.st_mode & S_IXUSR ? 'x' : 'f', path,
                         w->path.length, &key, NULL, err);
}

/* Collect the names in DIR.  */
static int
read_names (walker *w, DIR *dir, const char *path, int *ret_git_ignore,
            azml_error **err)
{
  struct dirent *entry;
  azml__buffer_truncate (&w->names, 0);
  for (errno = 0; (entry = readdir (dir)); errno = 0)
    {
      const char *name = entry->d_name;
      if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
        continue;
      if (name[0] == '.' && strcmp (name, git_ignore) == 0)
        *ret_git_ignore = 1;
      azml__buffer_add_char (&w->names, (char)entry->d_type);
      azml__buffer_add (&w->names, name, strlen (name) + 1);
    }
  if (errno)
    return azml__error_os (err, errno, "read the folder '%s'", path);
  return azml__buffer_ok (&w->names) ? 0 : azml__error_no_memory (err);
}

/* Keep what holds in the source folder because of files above it.  */
static int
read_rules_above (walker *w, const azml__ignore **rules, azml_error **err)
{
  azml__ignore *all[AZML__IGNORE_ABOVE];
  size_t n = 0;
  int rc = azml__ignore_read_above (w->source, all, &n, err);
  for (size_t i = 0; i < n; i++)
    if (rc < 0
        || (rc = azml__walk_grow (&w->rules, w->n_rules, &w->rules_room,
                                  sizeof *w->rules, err)))
      azml__ignore_free (all[i]);
    else
      *rules = w->rules[w->n_rules++] = all[i];
  if (*rules)
    w->walk->ignore_file = git_ignore;
  return rc;
}

/* Store the rules that hold in the folder FD in *RULES.  */
static int
find_rules (walker *w, int fd, size_t base, int git_ignore_seen,
            const azml__ignore **rules, azml_error **err)
{
  int rc = 0, found = 0;
  if (base == 0)
    {
      for (size_t i = 0; rc == 0 && !found && i < 2; i++)
        {
          rc = read_rules (w, fd, ignore_files[i], 0, rules, &found, err);
          if (found)
            w->walk->ignore_file = ignore_files[i];
        }
      w->nested = !found;
      if (rc == 0 && w->nested)
        rc = read_rules_above (w, rules, err);
    }
  if (rc == 0 && w->nested && git_ignore_seen)
    {
      rc = read_rules (w, fd, git_ignore, base, rules, &found, err);
      if (found)
        w->walk->ignore_file = git_ignore;
    }
  return rc;
}

/* Read the folder PATH ("" or with a slash at the end).  */
static int
read_folder (walker *w, const char *path, const azml__ignore *rules,
             azml_error **err)
{
  size_t base = strlen (path), kept = 0;
  int git_ignore_seen = 0;
  int fd = azml__walk_open (w->walk->root, base ? path : ".",
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (fd < 0 && base && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
    return 0;
  AZML_AUTO (DIR) dir = fd < 0 ? NULL : fdopendir (fd);
  if (!dir)
    {
      int rc =
          azml__error_os (err, errno, "open the folder '%s'", base ? path : ".");
      if (fd >= 0)
        close (fd);
      return rc;
    }
  int rc = read_names (w, dir, path, &git_ignore_seen, err);
  if (rc == 0)
    {
      rc = find_rules (w, fd, base, git_ignore_seen, &rules, err);
      if (rc < 0 && base)
        azml__error_prefix (err, rc, "'%s'", path);
    }
  azml__buffer_truncate (&w->path, 0);
  azml__buffer_add (&w->path, path, base);
  for (size_t at = 0; rc == 0 && at < w->names.length;)
    {
      const char *name = w->names.data + at + 1;
      size_t n = strlen (name);
      int is_kept = 0;
      azml__buffer_truncate (&w->path, base);
      azml__buffer_add (&w->path, name, n);
      if (!azml__buffer_ok (&w->path))
        return azml__error_no_memory (err);
      rc = look_at (w, fd, w->path.data + base, (unsigned char)name[-1], rules,
                    &is_kept, err);
      kept += (size_t)is_kept;
      at += n + 2;
    }
  if (rc == 0 && !kept && base)
    rc = azml__walk_add (w->walk, 'd', path, base - 1, NULL, NULL, err);
  return rc;
}

int
azml__walk_source (const char *source, azml_cancel *cancel, azml__walk *ret,
                   azml_error **err)
{
  AZML_CLEANUP (walker_done)
  walker w = { .walk = ret, .source = source, .cancel = cancel };
  ret->root = open (source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (ret->root < 0)
    return azml__error_os (err, errno, "open the source folder '%s'", source);
  int rc = push_folder (&w, "", NULL, err);
  while (rc == 0 && w.n_folders)
    {
      folder next = w.folders[--w.n_folders];
      rc = azml__cancel_check (cancel, err);
      if (rc == 0)
        rc = read_folder (&w, next.path, next.rules, err);
      free (next.path);
    }
  if (rc < 0)
    return rc;
  azml__walk_sort (ret);
  return 0;
}

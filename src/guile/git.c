/* git.c: the git repository that a folder is in.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/git.h"

#include "guile/binding.h"

struct find
{
  const char *folder;
  azml__git git;
  azml_error *err;
  int rc;
};

static void *
find_work (void *data)
{
  struct find *f = data;
  f->rc = azml__git_find (f->folder, &f->git, &f->err);
  return NULL;
}

static SCM
pair (const char *key, SCM value)
{
  return scm_cons (scm_from_utf8_symbol (key), value);
}

/* ((root . FOLDER) (folder . FOLDER) (common . FOLDER) (owner . UID of whom git refuses, else
   #f)), #f if FOLDER is in no repository.  */
static SCM
git_find (SCM folder)
{
  struct find f = { .folder = azml__guile_to_text (folder, "%git-find", 1) };
  azml__guile_blocking (find_work, &f);
  scm_remember_upto_here_1 (folder);
  if (f.rc < 0)
    azml__guile_throw ("%git-find", f.err);
  SCM root = azml__guile_take_text (f.git.root);
  SCM inner = azml__guile_take_text (f.git.folder);
  SCM common = azml__guile_take_text (f.git.common);
  SCM owner = f.git.foreign ? scm_from_uint (f.git.owner) : SCM_BOOL_F;
  if (scm_is_false (root))
    return SCM_BOOL_F;
  return scm_list_4 (pair ("root", root), pair ("folder", inner),
                     pair ("common", common), pair ("owner", owner));
}

void
azml__guile_init_git (void)
{
  azml__guile_define ("%git-find", 1, 0, git_find);
}

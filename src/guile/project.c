/* project.c: a project's folder and the runs in it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/project.h"

#include "core/json.h"
#include "guile/binding.h"

static void
project_free (void *project)
{
  azml__project_free (project);
}

const azml__guile_type azml__guile_project_type = { "project", project_free };

struct open
{
  const char *folder;
  int create;
  azml__project *project;
  azml_error *err;
  int rc;
};

static void *
open_work (void *data)
{
  struct open *open = data;
  open->rc =
      azml__project_open (open->folder, open->create, &open->project, &open->err);
  return NULL;
}

static SCM
project_open (SCM folder, SCM create)
{
  struct open open = { .folder = azml__guile_to_text (folder, "%project-open", 1),
                       .create = scm_is_true (create) };
  azml__guile_blocking (open_work, &open);
  scm_remember_upto_here_1 (folder);
  if (open.rc < 0)
    azml__guile_throw ("%project-open", open.err);
  return azml__guile_handle (&azml__guile_project_type, open.project);
}

/* ((root . PATH) (folder . PATH) (id . ID) (runs . PATH) (objects . PATH)
   (index . PATH)).  */
static SCM
project_fields (SCM handle)
{
  azml__guile_box *box =
      azml__guile_take (handle, &azml__guile_project_type, "%project-fields", 1);
  const azml__project *p = azml__guile_pointer (box);
  json_t *json = json_pack (
      "{s:o, s:o, s:s, s:o, s:o, s:o}", "root", azml__json_text (p->root), "folder",
      azml__json_text (p->folder), "id", p->id, "runs", azml__json_text (p->runs),
      "objects", azml__json_text (p->objects), "index", azml__json_text (p->index));
  azml__guile_release (box);
  if (!json)
    {
      azml_error *err = NULL;
      azml__error_no_memory (&err);
      azml__guile_throw ("%project-fields", err);
    }
  return azml__guile_take_json (json);
}

struct find
{
  const azml__project *project;
  const char *name;
  json_t *run;
  char *id;
  azml_error *err;
  int rc;
};

static void *
run_work (void *data)
{
  struct find *find = data;
  find->rc = azml__project_run (find->project, find->name, &find->run, &find->err);
  return NULL;
}

static void *
find_work (void *data)
{
  struct find *find = data;
  find->rc =
      azml__project_find_run (find->project, find->name, &find->id, &find->err);
  return NULL;
}

/* Do WORK on the project HANDLE and the string NAME.  */
static struct find
call (void *(*work) (void *), SCM handle, SCM name, const char *who)
{
  struct find find = { .name = azml__guile_to_text (name, who, 2) };
  azml__guile_box *box =
      azml__guile_take (handle, &azml__guile_project_type, who, 1);
  find.project = azml__guile_pointer (box);
  azml__guile_blocking (work, &find);
  azml__guile_release (box);
  scm_remember_upto_here_2 (handle, name);
  if (find.rc < 0)
    azml__guile_throw (who, find.err);
  return find;
}

static SCM
project_run (SCM handle, SCM id)
{
  return azml__guile_take_json (call (run_work, handle, id, "%project-run").run);
}

static SCM
project_find_run (SCM handle, SCM prefix)
{
  return azml__guile_take_text (
      call (find_work, handle, prefix, "%project-find-run").id);
}

void
azml__guile_init_project (void)
{
  azml__guile_define ("%project-open", 2, 0, project_open);
  azml__guile_define ("%project-fields", 1, 0, project_fields);
  azml__guile_define ("%project-run", 2, 0, project_run);
  azml__guile_define ("%project-find-run", 2, 0, project_find_run);
}

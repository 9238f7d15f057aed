/* project.c: a project's .azml folder, found upward like .git.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/project.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/random.h"
#include "run/layout.h"
#include "run/replay.h"

void
azml__project_free (azml__project *project)
{
  if (!project)
    return;
  free (project->root);
  free (project->folder);
  free (project->id);
  free (project->runs);
  free (project->objects);
  free (project->index);
  free (project);
}

/* Read the id in FOLDER/project (new).  AZML_E_FORMAT: it is none, maybe because
   the file system was full when it was written.  */
static int
read_id (const char *folder, char **ret, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *file = azml__path_join (folder, "project");
  if (!file)
    return azml__error_no_memory (err);
  int rc = azml__file_read (AT_FDCWD, file, 4096, &text, err);
  if (rc < 0)
    return rc;
  size_t n = text.length ? strcspn (text.data, "\r\n") : 0;
  if (n == 0 || n > 100)
    {
      azml__error (err, AZML_E_FORMAT, "'%s' does not hold a project id", file);
      azml__error_hint (err, "remove the file; the next run makes a new id");
      return AZML_E_FORMAT;
    }
  *ret = strndup (text.data, n);
  return *ret ? 0 : azml__error_no_memory (err);
}

/* 1 if AT/.azml is a folder of this user.  */
static int
is_ours (const char *at)
{
  struct stat st;
  AZML_AUTO_FREE char *folder = azml__path_join (at, ".azml");
  return folder && stat (folder, &st) == 0 && S_ISDIR (st.st_mode)
         && st.st_uid == geteuid ();
}

/* Store in *RET (new) the nearest folder from START upward that has .azml/project.
   AZML_E_NOT_FOUND.  A folder of another user is refused, as git does: its owner
   could put anything in the way of our runs.  The superuser may use anybody's.  */
static int
find_root (const char *start, char **ret, azml_error **err)
{
  AZML_AUTO_FREE char *at = realpath (start, NULL);
  if (!at)
    return azml__error_os (err, errno, "'%s'", start);
  for (;;)
    {
      struct stat st;
      AZML_AUTO_FREE char *file = azml__path_join3 (at, ".azml", "project");
      if (!file)
        return azml__error_no_memory (err);
      errno = 0;
      if (stat (file, &st) == 0 && S_ISREG (st.st_mode))
        {
          if (st.st_uid != geteuid () && geteuid () != 0)
            {
              azml__error (err, AZML_E_DENIED, "'%s' belongs to another user",
                           file);
              azml__error_hint (err, "work in a folder of your own");
              return AZML_E_DENIED;
            }
          *ret = azml_steal (&at);
          return 0;
        }
      if (errno == EACCES && is_ours (at))
        return azml__error_os (err, EACCES, "open '%s'", file);
      if (strcmp (at, "/") == 0)
        break;
      char *above = azml__path_folder (at);
      if (!above)
        return azml__error_no_memory (err);
      free (at);
      at = above;
    }
  azml__error (err, AZML_E_NOT_FOUND, "no project in '%s' or above it", start);
  azml__error_hint (err, "the first run in a folder makes one (.azml)");
  return AZML_E_NOT_FOUND;
}

/* Write a new id to FOLDER/project unless there is one: two first runs at once
   agree, because the file gets its name complete, and only one of them gives it. */
static int
make_id (const char *folder, azml_error **err)
{
  char id[AZML__RANDOM_ID_SIZE];
  int rc = azml__random_id (id, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *line = azml__path_format ("%s\n", id);
  AZML_AUTO_FREE char *file = azml__path_join (folder, "project");
  AZML_AUTO_FREE char *aside = azml__path_format ("%s/project.%s.tmp", folder, id);
  if (!line || !file || !aside)
    return azml__error_no_memory (err);
  rc = azml__file_replace (AT_FDCWD, aside, line, strlen (line), 0600, 0, err);
  if (rc < 0)
    return rc;
  if (link (aside, file) < 0 && errno != EEXIST)
    {
      /* No hard links here (FAT, some network mounts).  */
      if (rename (aside, file) == 0)
        return 0;
      rc = azml__error_os (err, errno, "make '%s'", file);
    }
  unlink (aside);
  return rc;
}

static int
make_root (const char *start, char **ret, azml_error **err)
{
  AZML_AUTO_FREE char *root = realpath (start, NULL);
  if (!root)
    return azml__error_os (err, errno, "'%s'", start);
  AZML_AUTO_FREE char *folder = azml__path_join (root, ".azml");
  AZML_AUTO_FREE char *ignore = azml__path_join3 (root, ".azml", ".gitignore");
  if (!folder || !ignore)
    return azml__error_no_memory (err);
  int rc = azml__folder_make (folder, 0700, err);
  if (rc == 0 && access (ignore, F_OK) < 0)
    rc = azml__file_replace (AT_FDCWD, ignore, "*\n", 2, 0600, 0, err);
  if (rc == 0)
    rc = make_id (folder, err);
  if (rc == 0)
    *ret = azml_steal (&root);
  return rc;
}

int
azml__project_open (const char *start, int create, azml__project **ret,
                    azml_error **err)
{
  AZML_AUTO (azml__project) project = calloc (1, sizeof *project);
  AZML_AUTO (azml_error) missing = NULL;
  if (!project)
    return azml__error_no_memory (err);
  int rc = find_root (start, &project->root, &missing);
  if (rc == AZML_E_NOT_FOUND && create)
    rc = make_root (start, &project->root, err);
  else if (rc < 0)
    azml__error_move (err, &missing);
  if (rc < 0)
    return rc;
  project->folder = azml__path_join (project->root, ".azml");
  project->runs = azml__path_join3 (project->root, ".azml", "runs");
  project->objects = azml__path_join3 (project->root, ".azml", "objects");
  project->index = azml__path_join3 (project->root, ".azml", "index.db");
  if (!project->folder || !project->runs || !project->objects || !project->index)
    return azml__error_no_memory (err);
  rc = read_id (project->folder, &project->id, err);
  if (rc == 0 && create)
    rc = azml__folder_make (project->runs, 0700, err);
  if (rc == 0 && create)
    rc = azml__folder_make (project->objects, 0700, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&project);
  return 0;
}

static int
no_such_run (const char *id, azml_error **err)
{
  azml__error (err, AZML_E_NOT_FOUND, "no run '%s' in this project", id);
  azml__error_hint (err, "azml-guile history list shows the runs");
  return AZML_E_NOT_FOUND;
}

/* Say that run ID in the folder PATH cannot be read, *ERR says why.  */
static int
damaged (int code, const char *id, const char *path, azml_error **err)
{
  int rc = azml__error_prefix (err, code, "run '%s'", id);
  azml__error_hint (
      err, "what is left of it is in '%s': look, then remove that folder", path);
  return rc;
}

int
azml__project_run (const azml__project *project, const char *id, json_t **ret,
                   azml_error **err)
{
  AZML_AUTO (json_t) run = NULL;
  AZML_AUTO (json_t) status = NULL;
  if (!azml__run_id_is_valid (id))
    return no_such_run (id, err);
  AZML_AUTO_FREE char *path = azml__path_join (project->runs, id);
  if (!path)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return no_such_run (id, err);
  if (fd < 0)
    return azml__error_os (err, errno, "open the folder '%s'", path);
  /* Asked first: a run that ends in between then has its end in status.json.  */
  int alive = azml__run_is_alive (fd);
  int rc = azml__json_read (fd, "run.json", &run, err);
  if (rc < 0)
    return damaged (rc, id, path, err);
  rc = azml__run_status (fd, &status, NULL);
  if (rc < 0 && rc != AZML_E_NOT_FOUND)
    {
      rc = azml__run_status (fd, &status, err); /* for the message */
      if (rc < 0)
        return damaged (rc, id, path, err);
    }
  AZML_AUTO (json_t) sync = NULL;
  AZML_AUTO (azml_error) problem = NULL;
  rc = azml__json_read (fd, "sync.json", &sync, &problem);
  if (rc < 0 && rc != AZML_E_NOT_FOUND)
    return azml__error (err, rc, "run '%s': %s", id, azml_error_message (problem));
  AZML_AUTO (json_t) made = json_pack ("{s:s, s:O}", "id", id, "run", run);
  if (!made || (sync && json_object_set (made, "sync", sync) < 0)
      || (status && json_object_set (made, "status", status) < 0)
      || json_object_set_new (made, "alive", json_boolean (alive)) < 0
      || json_object_set_new (made, "directory", azml__json_text (path)) < 0)
    return azml__error_no_memory (err);
  *ret = azml_steal (&made);
  return 0;
}

/* The public object.  */
struct azml_project
{
  atomic_int references;
  azml__project *fields;
};

int
azml_project_open (const char *folder, int create, azml_project **ret,
                   azml_error **err)
{
  azml_project *project = calloc (1, sizeof *project);
  if (!project)
    return azml__error_no_memory (err);
  int rc = azml__project_open (folder, create, &project->fields, err);
  if (rc < 0)
    {
      free (project);
      return rc;
    }
  atomic_init (&project->references, 1);
  *ret = project;
  return 0;
}

azml_project *
azml_project_ref (azml_project *project)
{
  if (project)
    atomic_fetch_add_explicit (&project->references, 1, memory_order_relaxed);
  return project;
}

void
azml_project_unref (azml_project *project)
{
  if (!project
      || atomic_fetch_sub_explicit (&project->references, 1, memory_order_acq_rel)
             != 1)
    return;
  azml__project_free (project->fields);
  free (project);
}

const char *
azml_project_id (const azml_project *project)
{
  return project->fields->id;
}

const char *
azml_project_root (const azml_project *project)
{
  return project->fields->root;
}

const azml__project *
azml__project_of (const azml_project *project)
{
  return project->fields;
}

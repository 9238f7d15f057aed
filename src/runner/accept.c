/* accept.c: a run gets its directory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The directory is made aside and renamed when it is whole: a run is there or not.
 */

#include <config.h>

#include "runner/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "charge/charge.h"
#include "charge/status.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"

/* Make the folder NAME of FOLDER and lock it, so that nobody takes it for a
   remnant.  A remnant of that name is removed.  */
static int
make_aside (int folder, const char *name, int *ret_fd, azml_error **err)
{
  for (int attempt = 0; attempt < 3; attempt++)
    {
      int made = mkdirat (folder, name, 0700) == 0, locked = 0;
      if (!made && errno != EEXIST)
        return azml__folder_refused (err, errno, folder);
      AZML_AUTO_CLOSE int fd =
          openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (fd < 0 && errno == ENOENT)
        continue;
      if (fd < 0)
        return azml__error_os (err, errno, "open the folder '%s'", name);
      int rc = azml__file_try_lock (fd, &locked, err);
      if (rc < 0)
        return rc;
      if (!locked)
        return azml__error (err, AZML_E_BUSY, "somebody else submits this run");
      if (made)
        {
          *ret_fd = azml__steal_fd (&fd);
          return 0;
        }
      rc = azml__file_remove_tree (folder, name, err);
      if (rc < 0)
        return rc;
    }
  return azml__error (err, AZML_E_BUSY, "somebody else submits this run");
}

static int
make_empty (int folder, const char *name, azml_error **err)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd < 0 ? azml__error_os (err, errno, "create '%s'", name) : 0;
}

/* Write JSON to the new file NAME.  */
static int
write_json (int folder, const char *name, const json_t *json, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = azml__json_append (&text, json, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_char (&text, '\n');
  AZML_AUTO_CLOSE int fd =
      openat (folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return azml__error_os (err, errno, "create '%s'", name);
  rc = azml__file_write (fd, text.data, text.length, err);
  return rc < 0 ? azml__error_prefix (err, rc, "'%s'", name) : 0;
}

/* The first event.  Where nothing else does, it says which machine accepted the run.  */
static void
write_event (int folder, const json_t *place)
{
  azml__charge charge = AZML__CHARGE_INIT;
  charge.folder = folder;
  azml__charge_event (&charge,
                      json_pack ("{s:s, s:O*, s:O*, s:O*, s:O*}", "event", "queued",
                                 "boot_id", json_object_get (place, "boot_id"),
                                 "host", json_object_get (place, "host"), "user",
                                 json_object_get (place, "user"), "runner",
                                 json_object_get (place, "runner")));
  if (charge.events >= 0)
    close (charge.events);
}

/* Fill the folder.  Without JOB the run begins at once:
   it has no job.json, and its status.json comes when it lasts.  */
static int
fill (int folder, const json_t *status, const json_t *run, const json_t *job,
      mode_t user_umask, azml_error **err)
{
  int rc = job ? write_json (folder, "job.json", job, err) : 0;
  if (rc == 0 && mkdirat (folder, "outputs", 0777 & ~user_umask) < 0)
    rc = azml__error_os (err, errno, "make the folder 'outputs'");
  if (rc == 0)
    rc = make_empty (folder, "log", err);
  if (rc == 0 && job)
    rc = write_json (folder, "status.json", status, err);
  if (rc == 0)
    write_event (folder, job ? NULL : status);
  return rc < 0 ? rc : write_json (folder, "run.json", run, err);
}

int
azml__accept_sync (int folder, azml_error **err)
{
  AZML_AUTO_CLOSE int run = openat (folder, "run.json", O_RDONLY | O_CLOEXEC);
  AZML_AUTO_CLOSE int runs =
      openat (folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int failed = run < 0 || runs < 0 || fsync (run) < 0 || fsync (folder) < 0
               || fsync (runs) < 0;
  return failed ? azml__error_os (err, errno, "fsync the run directory") : 0;
}

int
azml__accept (const azml__layout *layout, const char *id, const json_t *run,
              const json_t *job, int *ret_new, azml_error **err)
{
  AZML_AUTO_CLOSE int folder = -1;
  AZML_AUTO (json_t) status = NULL;
  int rc =
      azml__accept_begin (layout, id, run, job, ret_new, &folder, &status, err);
  return rc < 0 || !*ret_new ? rc : azml__accept_sync (folder, err);
}

int
azml__accept_make (const azml__layout *layout, const char *id, const json_t *run,
                   const json_t *job, int *ret_new, int *ret_folder,
                   json_t **ret_status, azml_error **err)
{
  AZML_AUTO_CLOSE int runs = -1;
  AZML_AUTO_CLOSE int folder = -1;
  AZML_AUTO (json_t) status = NULL;
  AZML_AUTO_FREE char *aside = NULL;
  struct stat st;
  mode_t user_umask = azml__umask_take ();
  int rc = azml__layout_aside (layout, id, &aside, err);
  if (rc < 0)
    return rc;
  rc = azml__folder_open (layout->runs, &runs, NULL);
  if (rc < 0)
    rc = azml__folder_make (layout->runs, 0700, err);
  if (rc == 0 && runs < 0)
    rc = azml__folder_open (layout->runs, &runs, err);
  if (rc < 0)
    return rc;
  *ret_new = 0;
  if (fstatat (runs, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return 0;
  rc = make_aside (runs, azml__path_base (aside), &folder, err);
  if (rc < 0)
    return rc;
  status = azml__status_new (id);
  rc = fill (folder, status, run, job, user_umask, err);
  if (rc < 0)
    {
      azml__file_remove_tree (runs, azml__path_base (aside), NULL);
      return rc;
    }
  *ret_new = 1;
  *ret_folder = azml__steal_fd (&folder);
  *ret_status = azml_steal (&status);
  return 0;
}

int
azml__accept_name (const azml__layout *layout, const char *id, azml_error **err)
{
  AZML_AUTO_FREE char *aside = NULL;
  AZML_AUTO_FREE char *path = NULL;
  int rc = azml__layout_aside (layout, id, &aside, err);
  if (rc == 0)
    rc = azml__layout_run (layout, id, &path, err);
  if (rc < 0 || rename (aside, path) == 0)
    return rc;
  if (errno == ENOTEMPTY || errno == EEXIST)
    rc = azml__error (err, AZML_E_EXISTS, "there is a run '%s'", id);
  else
    rc = azml__error_os (err, errno, "rename to '%s'", id);
  azml__accept_withdraw (layout, id);
  return rc;
}

void
azml__accept_withdraw (const azml__layout *layout, const char *id)
{
  AZML_AUTO_CLOSE int runs = -1;
  AZML_AUTO_FREE char *aside = NULL;
  if (azml__layout_aside (layout, id, &aside, NULL) == 0
      && azml__folder_open (layout->runs, &runs, NULL) == 0)
    azml__file_remove_tree (runs, azml__path_base (aside), NULL);
}

int
azml__accept_begin (const azml__layout *layout, const char *id, const json_t *run,
                    const json_t *job, int *ret_new, int *ret_folder,
                    json_t **ret_status, azml_error **err)
{
  AZML_AUTO (azml_error) failure = NULL;
  AZML_AUTO (json_t) status = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  int fresh = 0;
  int rc = azml__accept_make (layout, id, run, job, &fresh, &folder, &status, err);
  if (rc < 0)
    return rc;
  if (fresh && (rc = azml__accept_name (layout, id, &failure)) < 0)
    {
      fresh = 0;
      if (rc != AZML_E_EXISTS)
        {
          azml__error_move (err, &failure);
          return rc;
        }
    }
  *ret_new = fresh;
  if (fresh)
    {
      *ret_folder = azml__steal_fd (&folder);
      *ret_status = azml_steal (&status);
    }
  return 0;
}

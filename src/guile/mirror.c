/* mirror.c: copies of run directories that are on other machines.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/mirror.h"

#include <errno.h>
#include <unistd.h>

#include "session/session.h"
#include "guile/binding.h"
#include "guile/session.h"

static void
mirror_drop (void *mirror)
{
  azml__mirror_free (mirror);
}

static const azml__guile_type mirror_type = { .name = "mirror",
                                              .free = mirror_drop };

struct call
{
  azml__mirror *mirror;
  azml_error *err;
  int rc;
};

/* Make run ID in the folder RUNS with RUN (run.json) and SYNC (sync.json), and lock it.  */
static SCM
mirror_new (SCM runs, SCM id, SCM run, SCM sync)
{
  static const char who[] = "%mirror-new";
  struct call c = { NULL, NULL, 0 };
  const char *folder = azml__guile_to_text (runs, who, 1),
             *name = azml__guile_to_text (id, who, 2);
  azml__guile_check_json (run, who, 3);
  azml__guile_check_json (sync, who, 4);
  json_t *run_json = azml__guile_to_json (run),
         *sync_json = azml__guile_to_json (sync);
  c.rc = azml__mirror_new (folder, name, run_json, sync_json, &c.mirror, &c.err);
  json_decref (run_json);
  json_decref (sync_json);
  scm_remember_upto_here_2 (runs, id);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return azml__guile_handle (&mirror_type, c.mirror);
}

/* Lock the copy in DIRECTORY; #f: somebody else has it.  */
static SCM
mirror_open (SCM directory)
{
  static const char who[] = "%mirror-open";
  struct call c = { NULL, NULL, 0 };
  c.rc = azml__mirror_open (azml__guile_to_text (directory, who, 1), &c.mirror,
                            &c.err);
  scm_remember_upto_here_1 (directory);
  if (c.rc == AZML_E_BUSY)
    {
      azml_error_free (c.err);
      return SCM_BOOL_F;
    }
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return azml__guile_handle (&mirror_type, c.mirror);
}

static SCM
mirror_close (SCM mirror)
{
  azml__guile_close (mirror, &mirror_type, "%mirror-close", 1);
  return SCM_UNSPECIFIED;
}

static void *
flush_work (void *data)
{
  struct call *c = data;
  c->rc = azml__mirror_flush (c->mirror, &c->err);
  return NULL;
}

/* Have what %mirror-new made on the disk.  */
static SCM
mirror_flush (SCM mirror)
{
  static const char who[] = "%mirror-flush";
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 1);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  azml__guile_blocking (flush_work, &c);
  azml__guile_release (box);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return SCM_UNSPECIFIED;
}

/* Return sync.json.  */
static SCM
mirror_sync (SCM mirror)
{
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, "%mirror-sync", 1);
  json_t *sync =
      json_incref ((json_t *)azml__mirror_sync (azml__guile_pointer (box)));
  azml__guile_release (box);
  return azml__guile_take_json (sync);
}

/* Replace sync.json by SYNC.  */
static SCM
mirror_update (SCM mirror, SCM sync)
{
  static const char who[] = "%mirror-update";
  azml__guile_check_json (sync, who, 2);
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 1);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  json_t *json = azml__guile_to_json (sync);
  c.rc = azml__mirror_update (c.mirror, json, &c.err);
  json_decref (json);
  azml__guile_release (box);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return SCM_UNSPECIFIED;
}

/* Return how many bytes of the file NAME are here.  */
static SCM
mirror_size (SCM mirror, SCM name)
{
  static const char who[] = "%mirror-size";
  const char *file = azml__guile_to_text (name, who, 2);
  uint64_t size = 0;
  int fd = -1;
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 1);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  c.rc = azml__mirror_file (c.mirror, file, &fd, &size, &c.err);
  azml__guile_release (box);
  scm_remember_upto_here_1 (name);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  close (fd);
  return scm_from_uint64 (size);
}

static int
write_piece (azml__mirror *mirror, const char *name, const char *data, size_t n,
             azml_error **err)
{
  uint64_t size = 0;
  AZML_AUTO_CLOSE int fd = -1;
  int rc = azml__mirror_file (mirror, name, &fd, &size, err);
  while (rc == 0 && n)
    {
      ssize_t done = pwrite (fd, data, n, (off_t)size);
      if (done < 0 && errno != EINTR)
        return azml__error_os (err, errno, "write the copy of '%s'", name);
      size += done > 0 ? (uint64_t)done : 0;
      data += done > 0 ? done : 0;
      n -= done > 0 ? (size_t)done : 0;
    }
  return rc;
}

/* Write the bytevector BYTES, which are what follows, to the file NAME.  */
static SCM
mirror_write (SCM mirror, SCM name, SCM bytes)
{
  static const char who[] = "%mirror-write";
  const char *file = azml__guile_to_text (name, who, 2);
  if (!scm_is_bytevector (bytes))
    scm_wrong_type_arg_msg (who, 3, bytes, "bytevector");
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 1);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  c.rc = write_piece (c.mirror, file, (const char *)SCM_BYTEVECTOR_CONTENTS (bytes),
                      SCM_BYTEVECTOR_LENGTH (bytes), &c.err);
  azml__guile_release (box);
  scm_remember_upto_here_2 (name, bytes);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return SCM_UNSPECIFIED;
}

/* Replace status.json by STATUS; LAST: it is the last one.  */
static SCM
mirror_status (SCM mirror, SCM status, SCM last)
{
  static const char who[] = "%mirror-status";
  azml__guile_check_json (status, who, 2);
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 1);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  json_t *json = azml__guile_to_json (status);
  c.rc = azml__mirror_status (c.mirror, json, scm_is_true (last), &c.err);
  json_decref (json);
  azml__guile_release (box);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return SCM_UNSPECIFIED;
}

/* Remove the directory of a run that was never accepted.  */
static SCM
mirror_remove (SCM mirror)
{
  static const char who[] = "%mirror-remove";
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 1);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  c.rc = azml__mirror_remove (c.mirror, &c.err);
  azml__guile_release (box);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return SCM_UNSPECIFIED;
}

/* Write data of stream STREAM of request ID behind what is in the file NAME of MIRROR,
   and to the descriptor FD (-1: only there).  */
static SCM
session_mirror (SCM session, SCM id, SCM stream, SCM mirror, SCM name, SCM fd)
{
  static const char who[] = "%session-mirror";
  uint32_t request = (uint32_t)azml__guile_to_integer (id, 1, UINT32_MAX, who, 2);
  uint8_t number = (uint8_t)azml__guile_to_integer (stream, 0, 255, who, 3);
  const char *file = azml__guile_to_text (name, who, 5);
  int out = (int)azml__guile_to_integer (fd, -1, INT32_MAX, who, 6), copy = -1;
  uint64_t size = 0;
  azml__guile_box *box = azml__guile_take (mirror, &mirror_type, who, 4);
  struct call c = { azml__guile_pointer (box), NULL, 0 };
  c.rc = azml__mirror_file (c.mirror, file, &copy, &size, &c.err);
  azml__guile_release (box);
  scm_remember_upto_here_1 (name);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  box = azml__guile_take (session, &azml__guile_session_type, who, 1);
  c.rc = azml__session_mirror (azml__guile_pointer (box), request, number, copy,
                               out, &c.err);
  azml__guile_release (box);
  if (c.rc < 0)
    azml__guile_throw (who, c.err);
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_mirror (void)
{
  azml__guile_define ("%mirror-new", 4, 0, mirror_new);
  azml__guile_define ("%mirror-open", 1, 0, mirror_open);
  azml__guile_define ("%mirror-close", 1, 0, mirror_close);
  azml__guile_define ("%mirror-flush", 1, 0, mirror_flush);
  azml__guile_define ("%mirror-sync", 1, 0, mirror_sync);
  azml__guile_define ("%mirror-update", 2, 0, mirror_update);
  azml__guile_define ("%mirror-size", 2, 0, mirror_size);
  azml__guile_define ("%mirror-write", 3, 0, mirror_write);
  azml__guile_define ("%mirror-status", 3, 0, mirror_status);
  azml__guile_define ("%mirror-remove", 1, 0, mirror_remove);
  azml__guile_define ("%session-mirror", 6, 0, session_mirror);
}

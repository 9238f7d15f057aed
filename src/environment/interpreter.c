/* interpreter.c: what one Python interpreter is, asked once.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Starting an interpreter takes 10 to 100 ms, looking at its file a few us.  So the
   answers are kept, in this process and in ROOT/env/pythons.json, by path, time of
   change, size and inode of the file.  This holds for real interpreters.  A shim of
   pyenv also depends on the version selected.  Of any other script or dispatching
   program nobody can tell what it depends on: it is started each time.  */

#include <config.h>

#include "environment/interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "environment/step.h"

#define START_TIMEOUT_MS 20000

/* By path.  The process that plans environments has one thread.  */
static json_t *known;
static int is_changed;

static char *
cache_file (const char *root)
{
  return azml__path_join (root, "env/pythons.json");
}

void
azml__interpreter_load (const char *root)
{
  AZML_AUTO_FREE char *file = cache_file (root);
  AZML_AUTO (json_t) read = NULL;
  if (!known)
    known = json_object ();
  if (known && file && azml__json_read (AT_FDCWD, file, &read, NULL) == 0
      && json_is_object (read))
    json_object_update_missing (known, read);
}

void
azml__interpreter_save (const char *root)
{
  AZML_AUTO_FREE char *file = cache_file (root);
  AZML_AUTO_FREE char *folder = azml__path_join (root, "env");
  if (!is_changed || !file || !folder || azml__folder_make (folder, 0700, NULL) < 0)
    return;
  if (azml__json_write (AT_FDCWD, file, known, 0600, 0, NULL) == 0)
    is_changed = 0;
}

/* Start PATH and store the lines that it answers in LINES (borrowed from TEXT).
   Return 0, or -1 if it does not work.  */
static int
ask (const char *path, azml__buffer *text, char *lines[3])
{
  static const char program[] =
      "import os, sys\n"
      "v = sys.version.split()[0]\n"
      "i = sys.implementation.name\n"
      "e = sys.executable\n"
      "for x in (v if i == 'cpython' else i + '-' + v, e,\n"
      "          getattr(sys, '_base_executable', None) or e):\n"
      "    sys.stdout.buffer.write(os.fsencode(x) + b'\\n')\n";
  /* The root folder, so that no file of the working folder decides.  */
  char *argv[] = { (char *)path, (char *)"-I",    (char *)"-S",
                   (char *)"-c", (char *)program, NULL };
  azml__step step = { .argv = argv,
                      .folder = "/",
                      .only_output = 1,
                      .inherit_fd = -1,
                      .timeout_ms = START_TIMEOUT_MS,
                      .output = azml__step_keep,
                      .data = text };
  int status;
  if (azml__step_run (&step, &status, NULL) < 0 || status != 0
      || !azml__buffer_ok (text) || !text->data)
    return -1;
  char *rest = text->data;
  for (int i = 0; i < 3; i++)
    if (!(lines[i] = strsep (&rest, "\n")) || !*lines[i])
      return -1;
  return 0;
}

/* Does the script PATH belong to pyenv?  */
static int
is_pyenv_shim (const char *path)
{
  AZML_AUTO_BUFFER head = AZML__BUFFER_INIT;
  return azml__file_read (AT_FDCWD, path, 4096, &head, NULL) == 0 && head.data
         && strstr (head.data, "pyenv");
}

/* What, besides its file, the answer of the interpreter PATH depends on (new): ""
   for a real interpreter, NULL if that cannot be told.  */
static char *
circumstances (const char *path)
{
  char real[PATH_MAX];
  char head[2] = "";
  size_t n;
  AZML_AUTO_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || !realpath (path, real)
      || azml__file_pread (fd, head, sizeof head, 0, &n, NULL) < 0)
    return NULL;
  if (memcmp (head, "#!", 2) != 0)
    return strncmp (azml__path_base (real), "python", 6) == 0 ? strdup ("") : NULL;
  if (!is_pyenv_shim (path))
    return NULL;
  const char *root = getenv ("PYENV_ROOT");
  const char *home = getenv ("HOME");
  const char *selected = getenv ("PYENV_VERSION");
  AZML_AUTO_FREE char *file =
      root ? azml__path_join (root, "version")
           : azml__path_format ("%s/.pyenv/version", home ? home : "");
  struct stat st = { 0 };
  if (file && stat (file, &st) < 0)
    memset (&st, 0, sizeof st);
  return azml__path_format ("pyenv %s %lld.%09ld", selected ? selected : "",
                            (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static json_int_t
nanoseconds (const struct stat *st)
{
  return (json_int_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Is ENTRY still true of the file PATH, whose status is ST?  */
static int
is_fresh (const json_t *entry, const char *path, const struct stat *st)
{
  const char *then = azml__json_string (entry, "circumstances");
  if (!then || azml__json_integer (entry, "mtime", -1) != nanoseconds (st)
      || azml__json_integer (entry, "size", -1) != (json_int_t)st->st_size
      || azml__json_integer (entry, "inode", -1) != (json_int_t)st->st_ino)
    return 0;
  if (!*then)
    return 1;
  AZML_AUTO_FREE char *now = circumstances (path);
  return now && strcmp (now, then) == 0;
}

const json_t *
azml__interpreter_look (const char *path)
{
  struct stat st;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char *lines[3];
  if (!known && !(known = json_object ()))
    return NULL;
  if (stat (path, &st) < 0)
    return NULL;
  json_t *entry = json_object_get (known, path);
  if (!entry || !is_fresh (entry, path, &st))
    {
      AZML_AUTO_FREE char *then = circumstances (path);
      int works = ask (path, &text, lines) == 0;
      entry = json_pack ("{s:s, s:s?, s:I, s:I, s:I}", "path", path,
                         "circumstances", then, "mtime", nanoseconds (&st), "size",
                         (json_int_t)st.st_size, "inode", (json_int_t)st.st_ino);
      if (works && entry)
        {
          json_object_set_new (entry, "version",
                               azml__json_bytes (lines[0], strlen (lines[0])));
          json_object_set_new (entry, "executable",
                               azml__json_bytes (lines[1], strlen (lines[1])));
          json_object_set_new (entry, "base",
                               azml__json_bytes (lines[2], strlen (lines[2])));
        }
      else if (entry && (!then || !*then)) /* it may work next time */
        {
          json_decref (entry);
          json_object_del (known, path);
          return NULL;
        }
      if (!entry || json_object_set_new (known, path, entry) < 0)
        return NULL;
      is_changed = 1;
    }
  return azml__json_string (entry, "version") ? entry : NULL;
}

/* runners.c: placed runners that nobody uses any more.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each version that a client has brought stands in a folder ROOT/runner-DIGEST, whose
   time of modification is when a client began to speak with it last.  Its runs go on
   with the program that they began with, so what a process executes stays, and all do
   while a run of another host, which shares the folder, has not ended.  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "digest/sha256.h"
#include "environment/size.h"
#include "serve/runners.h"

#define PLACED "runner-"
#define ASIDE ".new-runner-" /* what is being placed, or removed */
#define ASIDE_AGE 3600.0     /* after which nobody is at it any more */

/* A file, whatever it is called in which mount namespace.  */
typedef struct identity
{
  dev_t device;
  ino_t inode;
} identity;

typedef struct search
{
  const azml__layout *layout;
  double age;
  azml__buffer executed; /* an identity for each process */
  int blind;             /* who uses what cannot be told */
} search;

void
azml__runners_touch (void)
{
  char self[4096];
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = '\0';
  AZML_AUTO_FREE char *folder = azml__path_folder (self);
  if (folder && strncmp (azml__path_base (folder), PLACED, strlen (PLACED)) == 0)
    (void)utimensat (AT_FDCWD, folder, NULL, 0);
}

/* Note what the processes of this machine execute.  Another user's cannot execute what
   is in a folder of ours.  */
static void
look_at_processes (search *s)
{
  AZML_AUTO (DIR) proc = opendir ("/proc");
  struct dirent *entry;
  struct stat st;
  int self = 0;
  azml__buffer_truncate (&s->executed, 0);
  while (proc && (entry = readdir (proc)))
    {
      char name[64];
      long pid = strtol (entry->d_name, NULL, 10);
      snprintf (name, sizeof name, "%ld/exe", pid);
      if (pid <= 0 || fstatat (dirfd (proc), name, &st, 0) < 0)
        continue;
      identity one;
      memset (&one, 0, sizeof one);
      one.device = st.st_dev;
      one.inode = st.st_ino;
      azml__buffer_add (&s->executed, &one, sizeof one);
      self |= pid == (long)getpid ();
    }
  if (!self || !azml__buffer_ok (&s->executed))
    s->blind = 1;
}

/* 1 if a process executes the program in NAME, a folder of ROOT.  */
static int
is_executed (const search *s, int root, const char *name)
{
  struct stat st;
  AZML_AUTO_FREE char *program = azml__path_join (name, "azml-runner");
  if (!program)
    return 1;
  if (fstatat (root, program, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return 0;
  const identity *all = (const identity *)s->executed.data;
  for (size_t i = 0; i < s->executed.length / sizeof *all; i++)
    if (all[i].device == st.st_dev && all[i].inode == st.st_ino)
      return 1;
  return 0;
}

/* 1 if the run ID in the open folder RUNS may still go on on another machine.  */
static int
goes_on_elsewhere (int runs, const char *id, const char *host)
{
  AZML_AUTO (json_t) status = NULL;
  AZML_AUTO_CLOSE int folder =
      openat (runs, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0 || azml__json_read (folder, "status.json", &status, NULL) < 0)
    return 0;
  const char *named = azml__json_string (status, "host");
  const char *state = azml__json_string (status, "state");
  int number = state ? azml__state_parse (state) : -1;
  return named && strcmp (named, host) != 0
         && (number < 0 || !azml__state_is_terminal ((azml__state)number));
}

/* What other machines execute cannot be seen from here.  */
static void
look_at_runs (search *s)
{
  char host[256] = "";
  AZML_AUTO (DIR) dir = opendir (s->layout->runs);
  struct dirent *entry;
  gethostname (host, sizeof host - 1);
  while (dir && !s->blind && (entry = readdir (dir)))
    if (azml__run_id_is_valid (entry->d_name)
        && goes_on_elsewhere (dirfd (dir), entry->d_name, host))
      s->blind = 1;
}

static int
is_placed (const char *name)
{
  azml__digest digest;
  return strncmp (name, PLACED, strlen (PLACED)) == 0
         && azml__digest_parse (name + strlen (PLACED), &digest) == 0;
}

static int
is_old (double age, int root, const char *name)
{
  struct stat st;
  if (fstatat (root, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR (st.st_mode))
    return 0;
  int64_t used = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
  return (double)(azml__clock_utc_ms () - used) >= age * 1000;
}

/* Remove NAME from the open folder ROOT.  It loses its name first: whoever has begun to
   execute it until then is seen, and gets it back; who comes later places it again.  */
static int
remove_runner (search *s, int root, const char *name, azml_error **err)
{
  AZML_AUTO_FREE char *aside = azml__path_format (ASIDE "%s", name);
  if (!aside)
    return azml__error_no_memory (err);
  if (strncmp (name, ASIDE, strlen (ASIDE)) == 0)
    {
      int removed = azml__file_remove_tree (root, name, err);
      return removed < 0 ? removed : 1;
    }
  if (renameat (root, name, root, aside) < 0)
    return errno == ENOENT ? 0 : azml__error_os (err, errno, "rename '%s'", name);
  look_at_processes (s);
  if ((s->blind || is_executed (s, root, aside))
      && renameat (root, aside, root, name) == 0)
    return 0;
  int rc = azml__file_remove_tree (root, aside, err);
  return rc < 0 ? rc : 1;
}

static int
visit (search *s, int root, const char *name, int dry_run, json_t *removed,
       azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join (s->layout->root, name);
  if (!path)
    return azml__error_no_memory (err);
  if (s->blind || is_executed (s, root, name))
    return 0;
  int64_t bytes = azml__size_of_tree (path);
  int rc = dry_run ? 1 : remove_runner (s, root, name, err);
  if (rc <= 0)
    return rc;
  json_t *entry = json_pack ("{s:s, s:o, s:I}", "what", "runner", "name",
                             azml__json_text (name), "bytes", (json_int_t)bytes);
  return entry && json_array_append_new (removed, entry) == 0
             ? 0
             : azml__error_no_memory (err);
}

/* 1 if NAME was left by who placed a runner, or removed one, and was killed.  */
static int
is_left (const search *s, int root, const char *name)
{
  return strncmp (name, ASIDE, strlen (ASIDE)) == 0
         && is_old (s->age > ASIDE_AGE ? s->age : ASIDE_AGE, root, name);
}

int
azml__runners_collect (const azml__layout *layout, int dry_run, double age,
                       json_t *removed, azml_error **err)
{
  search s = { .layout = layout, .age = age, .executed = AZML__BUFFER_INIT };
  AZML_AUTO (DIR) dir = opendir (layout->root);
  struct dirent *entry;
  int looked = 0, rc = 0;
  while (rc == 0 && !s.blind && dir && (entry = readdir (dir)))
    {
      if (!is_left (&s, dirfd (dir), entry->d_name)
          && (!is_placed (entry->d_name)
              || !is_old (s.age, dirfd (dir), entry->d_name)))
        continue;
      if (!looked)
        {
          look_at_processes (&s);
          look_at_runs (&s);
          looked = 1;
        }
      rc = visit (&s, dirfd (dir), entry->d_name, dry_run, removed, err);
    }
  azml__buffer_done (&s.executed);
  return rc;
}

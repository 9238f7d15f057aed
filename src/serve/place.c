/* place.c: the verb place: a runner that was sent to a machine takes its place there.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The program stands in a folder ROOT/.new-runner-*.  It takes the Python package from
   standard input, sees that both have the digest it is told, gives the folder its name
   and becomes `serve` there.  The folder appears whole or not at all; whoever else
   places the same at the same time makes the same folder.  doc/protocol.md, "Placing
   the runner".  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "charge/charge.h"
#include "core/buffer.h"
#include "core/file.h"
#include "core/path.h"
#include "digest/sha256.h"
#include "serve/runners.h"
#include "serve/verb.h"

#define NEW ".new-runner-"
#define PACKAGE_LIMIT ((uint64_t)16 << 20)
#define NAME_LIMIT 4096
#define PROGRAM_LIMIT ((size_t)256 << 20)
#define LEFT_AGE 3600 /* seconds after which what was left half made is removed */
#define UNUSED_AGE (30 * 86400.0) /* and a runner that nobody uses */

typedef struct arrival
{
  char *folder; /* of this program: ROOT/.new-runner-* */
  char *root;
  const char *digest;
  azml__sha256 hash;
  uint64_t taken;     /* bytes of the package */
  azml__buffer names; /* of its files, below the folder, each with its NUL */
} arrival;

static int
read_all (arrival *place, void *data, size_t n, azml_error **err)
{
  char *p = data;
  for (size_t left = n; left;)
    {
      ssize_t got = read (STDIN_FILENO, p, left);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return azml__error_os (err, errno, "read the Python package");
      if (got == 0)
        return azml__error (err, AZML_E_FORMAT,
                            "the Python package ends too early");
      p += got;
      left -= (size_t)got;
    }
  place->taken += n;
  if (place->taken > PACKAGE_LIMIT)
    return azml__error (err, AZML_E_TOO_LARGE, "the Python package is too large");
  azml__sha256_add (&place->hash, data, n);
  return 0;
}

/* Write what stands in CONTENT as the file NAME of the package.  */
static int
write_file (arrival *place, const char *name, const azml__buffer *content,
            azml_error **err)
{
  AZML_AUTO_FREE char *path = azml__path_join3 (place->folder, "python", name);
  AZML_AUTO_FREE char *above = path ? azml__path_folder (path) : NULL;
  if (!above)
    return azml__error_no_memory (err);
  int rc = azml__folder_make (above, 0700, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_text (&place->names, "python/");
  azml__buffer_add (&place->names, name, strlen (name) + 1);
  return azml__file_replace (AT_FDCWD, path, content->data ? content->data : "",
                             content->length, 0600, 1, err);
}

/* Take one file of the package.  *RET_MORE 0: that was the end.  */
static int
take_file (arrival *place, int *ret_more, azml_error **err)
{
  AZML_AUTO_BUFFER content = AZML__BUFFER_INIT;
  char name[NAME_LIMIT + 1], size[8];
  int rc = read_all (place, size, 4, err);
  if (rc < 0)
    return rc;
  uint32_t length = azml__get_u32 (size);
  *ret_more = length > 0;
  if (length == 0)
    return 0;
  if (length > NAME_LIMIT)
    return azml__error (err, AZML_E_FORMAT, "the Python package has no such form");
  if ((rc = read_all (place, name, length, err)) < 0
      || (rc = read_all (place, size, 8, err)) < 0)
    return rc;
  name[length] = '\0';
  if (strlen (name) != length || !azml__path_is_inside (name)
      || azml__get_u64 (size) > PACKAGE_LIMIT)
    return azml__error (err, AZML_E_FORMAT, "the Python package has no such form");
  char *room = azml__buffer_room (&content, azml__get_u64 (size));
  if (!room)
    return azml__error_no_memory (err);
  rc = read_all (place, room, azml__get_u64 (size), err);
  if (rc < 0)
    return rc;
  content.length = azml__get_u64 (size);
  return write_file (place, name, &content, err);
}

/* Digest this program, and bring it to the disk.  */
static int
read_self (arrival *place, azml_error **err)
{
  char data[65536];
  AZML_AUTO_CLOSE int fd = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ssize_t n;
  if (fd < 0)
    return azml__error_os (err, errno, "read azml-runner");
  azml__sha256_init (&place->hash);
  while ((n = read (fd, data, sizeof data)) > 0)
    azml__sha256_add (&place->hash, data, (size_t)n);
  if (n < 0 || fsync (fd) < 0)
    return azml__error_os (err, errno, "read azml-runner");
  return 0;
}

static int
take (arrival *place, azml_error **err)
{
  azml__digest digest;
  char hex[AZML__DIGEST_HEX_SIZE];
  int more = 1, rc = read_self (place, err);
  if (rc < 0)
    return rc;
  printf ("azml-place python\n");
  fflush (stdout);
  while (rc == 0 && more)
    rc = take_file (place, &more, err);
  if (rc < 0)
    return rc;
  azml__sha256_end (&place->hash, &digest);
  if (strcmp (azml__digest_hex (&digest, hex), place->digest) != 0)
    return azml__error (err, AZML_E_CORRUPT, "what came is not what was sent");
  return 0;
}

/* 1 if the file NAME is the same in the folders A and B.  */
static int
is_same (const char *a, const char *b, const char *name)
{
  AZML_AUTO_BUFFER one = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER two = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *first = azml__path_join (a, name);
  AZML_AUTO_FREE char *second = azml__path_join (b, name);
  return first && second
         && azml__file_read (AT_FDCWD, first, PROGRAM_LIMIT, &one, NULL) == 0
         && azml__file_read (AT_FDCWD, second, PROGRAM_LIMIT, &two, NULL) == 0
         && one.length == two.length
         && (!one.length || memcmp (one.data, two.data, one.length) == 0);
}

/* 1 if all that came is in the folder WANTED, too.  */
static int
is_whole (const arrival *place, const char *wanted)
{
  AZML_AUTO_FREE char *program = azml__path_join (wanted, "azml-runner");
  const char *end = place->names.data + place->names.length;
  if (!program || access (program, X_OK) < 0
      || !is_same (place->folder, wanted, "azml-runner"))
    return 0;
  for (const char *p = place->names.data; p < end; p += strlen (p) + 1)
    if (!is_same (place->folder, wanted, p))
      return 0;
  return 1;
}

/* Give the folder its name.  What has it already is the same, unless it was damaged: then
   it is put aside.  Store the program's new path (new) in *RET.  */
static int
settle_in (const arrival *place, char **ret, azml_error **err)
{
  AZML_AUTO_FREE char *wanted =
      azml__path_format ("%s/runner-%s", place->root, place->digest);
  AZML_AUTO_FREE char *aside = azml__path_format ("%s-old", place->folder);
  AZML_AUTO_FREE char *program = azml__path_join (wanted, "azml-runner");
  if (!wanted || !aside || !program)
    return azml__error_no_memory (err);
  for (int i = 0; rename (place->folder, wanted) < 0; i++)
    {
      if ((errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) || i == 3)
        return azml__error_os (err, errno, "rename '%s'", place->folder);
      if (is_whole (place, wanted))
        {
          azml__file_remove_tree (AT_FDCWD, place->folder, NULL);
          break;
        }
      if (rename (wanted, aside) == 0)
        azml__file_remove_tree (AT_FDCWD, aside, NULL);
    }
  azml__folder_sync (place->root, NULL);
  *ret = azml_steal (&program);
  return 0;
}

/* Who brings a new version will seldom want the old ones again.  */
static void
remove_unused (const char *root)
{
  azml__layout layout = { NULL, NULL, NULL };
  AZML_AUTO (json_t) removed = json_array ();
  if (removed && azml__layout_find (root, NULL, NULL, &layout, NULL) == 0)
    (void)azml__runners_collect (&layout, 0, UNUSED_AGE, removed, NULL);
  azml__layout_done (&layout);
}

/* Remove what interrupted placings left.  */
static void
tidy (const char *root)
{
  AZML_AUTO (DIR) dir = opendir (root);
  struct dirent *entry;
  struct stat st;
  while (dir && (entry = readdir (dir)))
    if (strncmp (entry->d_name, NEW, strlen (NEW)) == 0
        && fstatat (dirfd (dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
        && time (NULL) - st.st_mtime > LEFT_AGE)
      azml__file_remove_tree (dirfd (dir), entry->d_name, NULL);
}

static int
find_self (arrival *place, azml_error **err)
{
  char self[4096];
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
  if (n < 0)
    return azml__error_os (err, errno, "find azml-runner");
  self[n] = '\0';
  place->folder = azml__path_folder (self);
  place->root = place->folder ? azml__path_folder (place->folder) : NULL;
  if (!place->root)
    return azml__error_no_memory (err);
  if (strncmp (azml__path_base (place->folder), NEW, strlen (NEW)) != 0)
    return azml__error (err, AZML_E_INVALID, "only azml-guile calls this");
  return 0;
}

static void
place_done (arrival *place)
{
  free (place->folder);
  free (place->root);
  azml__buffer_done (&place->names);
}

int
azml__verb_place (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *program = NULL;
  AZML_CLEANUP (place_done) arrival place = { .names = AZML__BUFFER_INIT };
  azml__digest digest;
  char *argv[] = { (char *)"azml-runner", (char *)"serve", NULL };
  (void)layout;
  if (line->count != 1 || azml__digest_parse (line->words[0], &digest) < 0)
    return azml__verb_usage ("place", "only azml-guile calls this");
  place.digest = line->words[0];
  int rc = find_self (&place, &err);
  if (rc < 0)
    return azml__verb_fail (err, 1);
  rc = take (&place, &err);
  if (rc == 0 && !azml__buffer_ok (&place.names))
    rc = azml__error_no_memory (&err);
  if (rc == 0)
    rc = settle_in (&place, &program, &err);
  if (rc < 0)
    {
      azml__file_remove_tree (AT_FDCWD, place.folder, NULL);
      printf ("azml-place fail place %s: %s\n", place.root,
              azml_error_message (err));
      fflush (stdout);
      return 1;
    }
  tidy (place.root);
  remove_unused (place.root);
  umask (azml__umask_take ());
  execv (program, argv);
  printf ("azml-place fail run %s: %s\n", place.root, strerror (errno));
  fflush (stdout);
  return 1;
}

/* test-snapshot.c: a source tree goes into the store and comes back as it was.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/cancel.h"
#include "snapshot-help.h"

static void
make_tree (void)
{
  AZML_AUTO_FREE char *large = malloc (1 << 20);
  for (size_t i = 0; i < 1 << 20; i++)
    large[i] = (char)(i * 2654435761u >> 13);
  write_text ("src/train.py", "print ('hello')\n");
  write_text ("src/run.sh", "#!/bin/sh\n");
  chmod ("src/run.sh", 0755);
  write_text ("src/empty", "");
  write_text ("src/a.b", "sorts between a and a/b");
  write_text ("src/a/b", "below a");
  write_text ("src/a/c/d/e", "deep");
  write_text ("src/name with\nnewline", "newline");
  write_text ("src/bytes\xff\xfe", "not UTF-8");
  write_text ("src/\xc3\xa9t\xc3\xa9", "UTF-8");
  write_text ("src/same", "#!/bin/sh\n");
  write_bytes ("src/large", large, 1 << 20);
  mkdir ("src/hollow", 0777);
  mkdir ("src/deep", 0777);
  mkdir ("src/deep/hollow", 0777);
  (void)!symlink ("train.py", "src/link");
  (void)!symlink ("nowhere/at all", "src/dangling");
  (void)!symlink ("..", "src/a/loop");
  (void)!symlink ("a", "src/folder-link");
  write_text ("src/outputs/model", "left out");
  write_text ("src/a/outputs/kept",
              "an inner folder of that name is like any other");
  write_text ("src/.git/config", "left out");
  write_text ("src/a/.azml/index", "left out");
  mkfifo ("src/fifo", 0666);
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX,
                                 .sun_path = "src/a/socket" };
  (void)!bind (fd, (struct sockaddr *)&address, sizeof address);
  close (fd);
}

static void
test_round_trip (void)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__materialise_report made = { 0 };
  make_tree ();
  AZML_AUTO (json_t) report = take ("src", NULL, &err);
  ok (report && azml__json_string (report, "digest"), "a tree is taken");
  ok (number (report, "files") == 16, "16 files and links");
  ok (number (report, "digested") == 12, "each file is digested");
  ok (lists (report, "ignored", "outputs/") && lists (report, "ignored", ".git/")
          && lists (report, "ignored", "a/.azml/")
          && number (report, "ignored_count") == 3,
      "outputs, .git and .azml stay out, and it is said");
  ok (lists (report, "special", "fifo") && lists (report, "special", "a/socket"),
      "a FIFO and a socket are named");
  ok (!json_object_get (report, "ignore_file"), "there is no ignore file");
  json_t *largest = json_array_get (json_object_get (report, "largest"), 0);
  is_string (azml__json_string (largest, "path"), "large",
             "the largest file comes first");
  ok (materialise (report, "dst", &made) == 0, "it is made real");
  ok (made.files == 16 && made.bytes > 1 << 20, "with as many files");
  ok (shell ("rm -r src/outputs src/.git src/a/.azml src/fifo src/a/socket"
             " && diff -r --no-dereference src dst")
          == 0,
      "and the same content, odd names and links included");
  ok (shell ("test -x dst/run.sh && test ! -x dst/train.py && test -w dst/same")
          == 0,
      "an executable file is one, others are not");
  ok (shell ("test -d dst/hollow && test -d dst/deep/hollow && test -L dst/a/loop")
          == 0,
      "empty folders and links are kept");
  AZML_AUTO (json_t) again = take ("dst", NULL, &err);
  is_string (azml__json_string (again, "digest"),
             azml__json_string (report, "digest"),
             "what was made has the same digest");
  ok (materialise (report, "dst", NULL) == AZML_E_EXISTS,
      "nothing is written over what is there");
  AZML_AUTO (json_t) none = take ("nowhere", NULL, &err);
  ok (!none && azml_error_code (err) == AZML_E_NOT_FOUND, "no folder, no snapshot");
}

/* Store a manifest of one entry; put its digest into *RET.  */
static int
store_manifest (char type, const char *path, const char *target,
                const azml__digest *content, uint64_t size, azml__digest *ret)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__manifest_entry entry = { .type = type,
                                 .path = strdup (path),
                                 .size = size,
                                 .target = target ? strdup (target) : NULL };
  if (content)
    entry.digest = *content;
  return azml__manifest_add (&manifest, &entry, NULL) == 0
         && azml__manifest_encode (&manifest, &text, NULL) == 0
         && azml__objects_add (objects, text.data, text.length, ret, NULL) == 0;
}

static int
make_real (const azml__digest *digest, const char *target, azml_error **err)
{
  azml__folder_make (target, 0777, NULL);
  return azml__snapshot_materialise (objects, digest, target, NULL, NULL, NULL,
                                     err);
}

static void
test_links_in_the_way (void)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__digest content, digest;
  azml__objects_add (objects, "evil", 4, &content, NULL);
  ok (shell (
          "mkdir outside trap && ln -s ../outside trap/a && ln -s ../file trap/b")
          == 0,
      "a folder with links that lead out");
  ok (store_manifest ('f', "a/x", NULL, &content, 4, &digest)
          && make_real (&digest, "trap", &err) == AZML_E_EXISTS,
      "nothing is written into a folder through a link");
  ok (store_manifest ('f', "b", NULL, &content, 4, &digest)
          && make_real (&digest, "trap", &err) == AZML_E_EXISTS,
      "nor into a file");
  ok (store_manifest ('d', "a/below", NULL, NULL, 0, &digest)
          && make_real (&digest, "trap", &err) == AZML_E_EXISTS,
      "nor is a folder made there");
  ok (shell ("test ! -e file && test -z \"$(ls -A outside)\"") == 0,
      "outside is as it was");
  ok (store_manifest ('l', "c", "../../outside/anything", NULL, 0, &digest)
          && make_real (&digest, "trap", &err) == 0
          && shell ("test \"$(readlink trap/c)\" = ../../outside/anything") == 0,
      "a link that leads out is a link like any other");
}

static void
test_damage (void)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__digest content, digest;
  char name[AZML__OBJECT_NAME_SIZE];
  azml__objects_add (objects, "whole", 5, &content, NULL);
  store_manifest ('f', "file", NULL, &content, 5, &digest);
  AZML_AUTO_FREE char *path =
      azml__path_join ("objects", azml__object_name (&content, name));
  ok (chmod (path, 0600) == 0 && truncate (path, 3) == 0
          && make_real (&digest, "short", &err) == AZML_E_CORRUPT,
      "an object that is too short is found");
  ok (azml_error_message (err) && strstr (azml_error_message (err), "'file'"),
      "and the file is named");
  ok (!azml__objects_has (objects, &content), "the object is gone");
  azml__objects_add (objects, "whole", 5, &content, NULL);
  store_manifest ('f', "file", NULL, &content, 6, &digest);
  ok (make_real (&digest, "lie", &err) == AZML_E_CORRUPT
          && azml__objects_has (objects, &content),
      "a manifest that lies about the size costs no object");
  azml__objects_remove (objects, &content, NULL);
  ok (make_real (&digest, "gone", &err) == AZML_E_NOT_FOUND,
      "an object that is gone");
  ok (make_real (&content, "none", &err) == AZML_E_NOT_FOUND,
      "a snapshot that is gone");
  azml__objects_add (objects, "azmlman1????", 12, &content, NULL);
  ok (make_real (&content, "none", &err) == AZML_E_FORMAT,
      "an object that is no manifest");
}

/* A tree deeper than a path may be long, with few descriptors.  */
static int
deep_tree (void)
{
  struct rlimit limit = { 100, 100 };
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO (json_t) again = NULL;
  int here = open (".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  mkdir ("deep", 0777);
  (void)!chdir ("deep");
  for (int i = 0; i < 1500; i++)
    if (mkdir ("level", 0777) < 0 || chdir ("level") < 0)
      return 1;
  if (!write_text ("bottom", "of the tree") || mkdir ("hollow", 0777) < 0
      || fchdir (here) < 0 || setrlimit (RLIMIT_NOFILE, &limit) < 0)
    return 2;
  report = take ("deep", NULL, NULL);
  if (!report || materialise (report, "deep-too", NULL) < 0)
    return 3;
  again = take ("deep-too", NULL, NULL);
  if (!again
      || strcmp (azml__json_string (again, "digest"),
                 azml__json_string (report, "digest"))
             != 0)
    return 4;
  if (number (again, "files") != 1)
    return 5;
  return azml__file_remove_tree (AT_FDCWD, "deep", NULL) == 0
                 && azml__file_remove_tree (AT_FDCWD, "deep-too", NULL) == 0
                 && access ("deep", F_OK) < 0 && access ("deep-too", F_OK) < 0
             ? 0
             : 6;
}

/* A large file is shared with its object where permissions protect it.  */
static int
link_large (void)
{
  static char block[1 << 16];
  azml__materialise_report made;
  AZML_AUTO (azml__objects) store = NULL;
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO (json_t) linked = NULL;
  azml__digest digest;
  struct stat st;
  int damaged = -1, n = (17 << 20) / (int)sizeof block;
  if (!become_ordinary () || mkdir ("own/src", 0700) < 0
      || mkdir ("own/dst", 0700) < 0
      || azml__objects_open ("own/objects", &store, NULL) < 0)
    return 1;
  int fd = open ("own/src/large", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  for (int i = 0; i < n; i++)
    {
      block[0] = (char)i;
      if (azml__file_write (fd, block, sizeof block, NULL) < 0)
        return 2;
    }
  close (fd);
  if (shell ("cp own/src/large own/src/run && chmod 755 own/src/run") != 0)
    return 3;
  objects = store;
  report = take ("own/src", NULL, NULL);
  if (!report
      || azml__digest_parse (azml__json_string (report, "digest"), &digest) < 0
      || azml__snapshot_materialise (store, &digest, "own/dst", NULL, &made,
                                     &linked, NULL)
             < 0)
    return 4;
  if (made.cloned == 2 && json_array_size (linked) == 0)
    return 0; /* this file system clones: nothing is shared */
  if (made.linked != 1 || made.copied != 1 || json_array_size (linked) != 1)
    return 5;
  if (stat ("own/dst/large", &st) < 0 || (st.st_mode & 0777) != 0400
      || stat ("own/dst/run", &st) < 0 || !(st.st_mode & S_IXUSR))
    return 6;
  /* What nobody looks at again is the user's own.  */
  if (mkdir ("own/copy", 0700) < 0
      || azml__snapshot_materialise (store, &digest, "own/copy", NULL, &made, NULL,
                                     NULL)
             < 0
      || made.linked != 0 || made.copied != 2 || stat ("own/copy/large", &st) < 0
      || st.st_nlink != 1 || !(st.st_mode & S_IWUSR))
    return 11;
  if (azml__snapshot_verify_linked (store, "own/dst", linked, &damaged, NULL) < 0
      || damaged != 0)
    return 7;
  if (shell ("touch own/dst/large") != 0
      || azml__snapshot_verify_linked (store, "own/dst", linked, &damaged, NULL) < 0
      || damaged != 0)
    return 8;
  if (shell ("chmod u+w own/dst/large && printf x >> own/dst/large") != 0
      || azml__snapshot_verify_linked (store, "own/dst", linked, &damaged, NULL) < 0
      || damaged != 1)
    return 9;
  azml__digest_parse (azml__json_string (json_array_get (linked, 0), "digest"),
                      &digest);
  return azml__objects_has (store, &digest) ? 10 : 0;
}

static void
test_cancel (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml_cancel) cancel = NULL;
  json_t *report = NULL;
  azml__digest content, digest;
  ok (azml_cancel_new (&cancel, NULL) == 0, "a token");
  azml_cancel_set (cancel);
  azml__snapshot_options options = { .cancel = cancel };
  ok (azml__snapshot_take ("src", objects, &options, &report, &err)
          == AZML_E_CANCELLED,
      "taking can be cancelled");
  azml__objects_add (objects, "x", 1, &content, NULL);
  store_manifest ('f', "file", NULL, &content, 1, &digest);
  mkdir ("cancelled", 0777);
  ok (azml__snapshot_materialise (objects, &digest, "cancelled", cancel, NULL, NULL,
                                  &err)
          == AZML_E_CANCELLED,
      "and so can making real");
}

/* A file system whose files can share blocks; 77 where there is none to be had.  */
static int
clone_blocks (void)
{
  azml__materialise_report made = { 0 };
  AZML_AUTO (azml__objects) store = NULL;
  AZML_AUTO (json_t) report = NULL;
  if (geteuid () != 0 || unshare (CLONE_NEWNS) < 0
      || shell ("exec >/dev/null 2>&1; mount --make-rprivate / && truncate -s 200M "
                "image && mkdir disk"
                " && mkfs.btrfs -q image && mount -o loop image disk")
             != 0)
    return 77;
  int rc = shell ("mkdir disk/src && head -c 3000000 /dev/urandom > disk/src/large"
                  " && cp -p disk/src/large disk/src/run && chmod +x disk/src/run"
                  " && echo small > disk/src/small");
  if (rc != 0 || azml__objects_open ("disk/objects", &store, NULL) < 0)
    return 1;
  objects = store;
  report = take ("disk/src", NULL, NULL);
  if (!report || materialise (report, "disk/dst", &made) < 0)
    return 2;
  if (made.cloned != 2 || made.copied != 1)
    return 3;
  if (shell (
          "diff -r disk/src disk/dst && test -x disk/dst/run && : > disk/dst/large")
      != 0)
    return 4;
  /* The object is another file than what was made of it.  */
  return materialise (report, "disk/again", &made) == 0
                 && shell ("diff -r disk/src disk/again") == 0
             ? 0
             : 5;
}

static void
test_clone (void)
{
  int code = in_child (clone_blocks);
  if (code == 77)
    printf ("# no file system that clones here\n");
  else
    ok (code == 0, "blocks are shared where the file system can");
}

int
main (void)
{
  char *folder = scratch_enter ("snapshot");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  test_round_trip ();
  test_links_in_the_way ();
  test_damage ();
  test_cancel ();
  ok (in_child (deep_tree) == 0,
      "a tree 1500 folders deep, with 100 descriptors, comes, goes and is removed");
  ok (chmod (".", 0755) == 0 && mkdir ("own", 0777) == 0 && chmod ("own", 0777) == 0
          && in_child (link_large) == 0,
      "a file over 16 MiB is shared, and damage through it is noticed");
  test_clone ();
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}

/* test-archive.c: what is copied into containers and out of them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/archive.h"
#include "scratch.h"
#include "tap.h"

#define LONG                                                                       \
  "a-name-of-more-than-a-hundred-bytes-a-name-of-more-than-a-hundred-bytes-a-name" \
  "-of-more-than-a-hundred-bytes-a-name-of-more-than-a-hundred-bytes"

static azml__archive_choice
take_all (const char *name)
{
  return strncmp (name, "skip", 4) == 0     ? AZML__ARCHIVE_SKIP
         : strncmp (name, "append", 6) == 0 ? AZML__ARCHIVE_APPEND
         : strncmp (name, "since", 5) == 0  ? AZML__ARCHIVE_CHANGED
                                            : AZML__ARCHIVE_TAKE;
}

static void
make (const char *name, const char *text)
{
  AZML_AUTO_CLOSE int fd = open (name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write (fd, text, strlen (text)) != (ssize_t)strlen (text))
    ok (0, "make '%s'", name);
}

static int
has (const char *name, const char *text)
{
  AZML_AUTO_BUFFER got = AZML__BUFFER_INIT;
  return azml__file_read (AT_FDCWD, name, 1 << 20, &got, NULL) == 0
         && got.length == strlen (text)
         && (!got.length || memcmp (got.data, text, got.length) == 0);
}

/* Take what FILE holds into the folder "to".  */
static int
take (const char *file, azml_error **err)
{
  AZML_AUTO_CLOSE int fd = open (file, O_RDONLY | O_CLOEXEC);
  mkdir ("to", 0755);
  AZML_AUTO_CLOSE int folder = open ("to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  azml__archive_target target = { folder, take_all, 2000000000 };
  return azml__archive_take (fd, &target, err);
}

static void
check_round_trip (void)
{
  AZML_AUTO (azml_error) err = NULL;
  struct stat st;
  mkdir ("from", 0755);
  mkdir ("from/deep", 0750);
  mkdir ("from/deep/empty", 0755);
  make ("from/file", "text\n");
  make ("from/none", "");
  make ("from/deep/" LONG, "long\n");
  make ("from/skip-me", "no");
  make ("from/append", "second\n");
  make ("from/since-old", "from the archive");
  make ("from/since-new", "from the archive");
  chmod ("from/file", 0755);
  ok (symlink ("file", "from/link") == 0 && symlink (LONG, "from/long-link") == 0,
      "links");
  mkdir ("to", 0755);
  make ("to/append", "first\n");
  make ("to/since-old", "from here");
  const struct timespec old[2] = { { 0, UTIME_OMIT }, { 1000000000, 0 } };
  utimensat (AT_FDCWD, "from/since-old", old, 0);
  utimensat (AT_FDCWD, "from/file", old, 0);
  AZML_AUTO_CLOSE int fd = open ("archive", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  azml__archive archive = { .fd = fd, .uid = 12345678, .gid = 7 };
  ok (azml__archive_add_folder (&archive, "top/own", &err) == 0
          && azml__archive_add (&archive, "from", "top", &err) == 0
          && azml__archive_end (&archive, &err) == 0,
      "write an archive");
  ok (fstat (fd, &st) == 0 && st.st_size % AZML__ARCHIVE_BLOCK == 0, "in blocks");
  ok (take ("archive", &err) == 0, "take it apart");
  ok (has ("to/file", "text\n") && has ("to/none", "")
          && has ("to/deep/" LONG, "long\n"),
      "files");
  ok (stat ("to/file", &st) == 0 && (st.st_mode & 0777) == 0755
          && st.st_mtim.tv_sec == 1000000000,
      "mode and time");
  ok (stat ("to/deep/empty", &st) == 0 && S_ISDIR (st.st_mode)
          && stat ("to/deep", &st) == 0 && (st.st_mode & 0777) == 0750
          && stat ("to/own", &st) == 0 && (st.st_mode & 0777) == 0700,
      "folders");
  char target[4096] = "";
  ok (readlink ("to/link", target, sizeof target) == 4
          && readlink ("to/long-link", target, sizeof target) == strlen (LONG),
      "links stay links");
  ok (access ("to/skip-me", F_OK) < 0, "what is not wanted");
  ok (has ("to/append", "first\nsecond\n"), "what is appended");
  ok (has ("to/since-old", "from here") && has ("to/since-new", "from the archive"),
      "what has not changed stays; what is not there is taken");
}

/* Tar's own, where there is one: what another program makes of it.  */
static void
check_others (void)
{
  if (system ("tar --version >tar.txt 2>&1") != 0)
    {
      skip ("tar reads it", "there is no tar");
      skip ("what tar writes can be read", "there is no tar");
      return;
    }
  ok (system ("tar -tvf archive --numeric-owner >list 2>&1") == 0
          && system ("grep -q '12345678/7' list && grep -q a-name-of list") == 0,
      "tar reads it");
  azml__file_remove_tree (AT_FDCWD, "to", NULL);
  int rc = system ("ln from/file from/same && tar -cf gnu --format=gnu from && "
                   "tar -cf pax --format=pax from");
  ok (rc == 0 && take ("gnu", NULL) == 0 && has ("to/deep/" LONG, "long\n")
          && has ("to/same", "text\n"),
      "what tar writes can be read");
  azml__file_remove_tree (AT_FDCWD, "to", NULL);
  ok (take ("pax", NULL) == 0 && has ("to/deep/" LONG, "long\n"), "in both forms");
}

static void
put (int fd, const char *name, char type, const char *link, const char *text)
{
  azml__archive_header header = { .type = type,
                                  .magic = "ustar",
                                  .mode = "0000644" };
  char block[AZML__ARCHIVE_BLOCK] = "";
  memcpy (header.name, name, strlen (name));
  memcpy (header.link, link, strlen (link));
  snprintf (header.size, sizeof header.size, "%011o",
            (unsigned)strlen (text) & 0777);
  snprintf (header.checksum, sizeof header.checksum, "%06o",
            azml__archive_sum (&header));
  memcpy (block, text, strlen (text));
  if (write (fd, &header, sizeof header) < 0
      || (*text && write (fd, block, sizeof block) < 0))
    ok (0, "write");
}

static void
check_hostile (void)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__file_remove_tree (AT_FDCWD, "to", NULL);
  make ("victim", "untouched");
  mkdir ("victims", 0755);
  int fd = open ("hostile", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  put (fd, "top/../../victim", '0', "", "bad");
  put (fd, "/top/x/../../../victim", '0', "", "bad");
  put (fd, "top/out", '2', "../victims", "");
  put (fd, "top/out/new", '0', "", "bad");
  put (fd, "top/file", '2', "../victim", "");
  put (fd, "top/file", '0', "", "bad");
  put (fd, "top/name", '1', "top/../../victim", "");
  put (fd, "top/append", '2', "../victim", "");
  put (fd, "top/append", '0', "", "bad");
  put (fd, "top/good", '0', "", "good");
  close (fd);
  ok (take ("hostile", &err) < 0 && err, "what cannot be written is told");
  ok (has ("victim", "untouched") && rmdir ("victims") == 0,
      "nothing is written outside");
  ok (has ("to/good", "good"), "and the rest is taken");
  ok (has ("to/file", "bad"), "a file takes a link's place");
}

static void
check_broken (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml_error) spoilt = NULL;
  make ("text", "This is no archive.");
  ok (take ("text", NULL) == AZML_E_FORMAT, "what is shorter than a block");
  ok (truncate ("text", 0) == 0 && take ("text", NULL) == 0, "nothing at all");
  ok (truncate ("archive", AZML__ARCHIVE_BLOCK * 2 + 3) == 0
          && take ("archive", &err) == AZML_E_FORMAT,
      "an archive that is cut off");
  AZML_AUTO_CLOSE int fd = open ("spoilt", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  put (fd, "top/good", '0', "", "good");
  azml__archive archive = { .fd = fd };
  azml__archive_spoil (&archive);
  ok (take ("spoilt", &spoilt) == AZML_E_FORMAT, "one that was spoilt");
  if (system ("tar --version >tar.txt 2>&1") == 0)
    ok (system ("tar -tf spoilt >list 2>&1") != 0, "tar sees that, too");
  else
    skip ("tar sees that, too", "there is no tar");
}

int
main (void)
{
  char *folder = scratch_enter ("archive");
  if (!folder)
    return 99;
  check_round_trip ();
  check_others ();
  check_hostile ();
  check_broken ();
  scratch_leave (folder);
  return done_testing ();
}

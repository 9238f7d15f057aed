/* archive.h: tar, for what is copied into a container and out of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_ARCHIVE_H
#define AZML_CONTAINER_ARCHIVE_H

#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"

/* One that is written, to FD.  */
typedef struct azml__archive
{
  int fd;
  uid_t uid; /* whose everything is */
  gid_t gid;
  int open; /* everybody may read it */
  int64_t
      newest; /* seconds: what was changed later gets this time; 0: never mind */
} azml__archive;

/* Append what is at FROM, with all below it, under the name TO (no slash in front).  Links
   stay links, FROM itself too; what is neither file, folder nor link is left out.  */
int azml__archive_add (const azml__archive *archive, const char *from,
                       const char *to, azml_error **err);

/* Append an empty folder TO.  */
int azml__archive_add_folder (const azml__archive *archive, const char *to,
                              azml_error **err);

/* Append the end.  */
int azml__archive_end (const azml__archive *archive, azml_error **err);

/* Make what is written so far unreadable: it is not whole.  */
void azml__archive_spoil (const azml__archive *archive);

/* What to do with a member: NAME is as it stands in the archive, without its first part.  */
typedef enum azml__archive_choice
{
  AZML__ARCHIVE_SKIP,
  AZML__ARCHIVE_TAKE,    /* whatever is there */
  AZML__ARCHIVE_CHANGED, /* if it is not there, or was changed since */
  AZML__ARCHIVE_APPEND   /* to the file that is there */
} azml__archive_choice;

typedef struct azml__archive_target
{
  int folder; /* below which all of it goes, whatever the archive says */
  azml__archive_choice (*choose) (const char *name);
  int64_t since; /* seconds */
} azml__archive_target;

/* Read an archive from FD (a pipe) until its end.  What is in it is not trusted.
   AZML_E_FORMAT: it is none; AZML_E_TIMEOUT: nothing came for long.  */
int
azml__archive_take (int fd, const azml__archive_target *target, azml_error **err);

/* The header of both sides.  */
typedef struct azml__archive_header
{
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[8]; /* "ustar", NUL, "00" */
  char user[32];
  char group[32];
  char device[16];
  char prefix[155];
  char rest[12];
} azml__archive_header;

#define AZML__ARCHIVE_BLOCK 512

_Static_assert(sizeof (azml__archive_header) == AZML__ARCHIVE_BLOCK, "a block");

/* The sum of the bytes of HEADER, its own field taken as blanks.  */
unsigned azml__archive_sum (const azml__archive_header *header);

#endif

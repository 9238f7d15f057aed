/* file.h: reading and writing whole files, folders, locks.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   File names are bytes.  AT_FDCWD or an open folder is the first argument where a
   name is looked up relative to one.  */

#ifndef AZML_CORE_FILE_H
#define AZML_CORE_FILE_H

#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/buffer.h"
#include "core/error.h"

/* Append the whole of file NAME to BUFFER.  AZML_E_TOO_LARGE over LIMIT bytes.  */
int azml__file_read (int folder, const char *name, size_t limit,
                     azml__buffer *buffer, azml_error **err);

/* Read up to N bytes at OFFSET, going on after short reads and EINTR; store how
   many in *RET (less than N: the end).  */
int azml__file_pread (int fd, void *data, size_t n, off_t offset, size_t *ret,
                      azml_error **err);

/* Write all N bytes, going on after short writes and EINTR.  */
int azml__file_write (int fd, const void *data, size_t n, azml_error **err);

/* Replace NAME by DATA through a temporary file beside it and rename: a reader sees
   the old or the new content.  SYNC: fsync the file before and the folder after. */
int azml__file_replace (int folder, const char *name, const void *data, size_t n,
                        mode_t mode, int sync, azml_error **err);

/* Make the folder PATH and what is missing above it.  An existing one is fine.  */
int azml__folder_make (const char *path, mode_t mode, azml_error **err);

/* The error for a file or folder that could not be made in the open FOLDER, with the
   path of that and, for the usual values of ERRNUM, what to do.  */
int azml__folder_refused (azml_error **err, int errnum, int folder);

/* Open the folder PATH; store the descriptor in *RET_FD (new).  */
int azml__folder_open (const char *path, int *ret_fd, azml_error **err);

/* The entries, to be read from the beginning (new), of the folder NAME in the open FOLDER, "."
   for FOLDER itself; NULL (errno) if that cannot be read, or is a link.  */
DIR *azml__folder_entries (int folder, const char *name);

/* fsync the folder PATH.  */
int azml__folder_sync (const char *path, azml_error **err);

/* Remove NAME and everything below it, without following links; folders that cannot
   be entered are first made so.  A NAME that does not exist is fine.  */
int azml__file_remove_tree (int folder, const char *name, azml_error **err);

/* 1 if NAME of FOLDER is the file or folder that FD has open, and no link to it.  */
int azml__file_has_name (int fd, int folder, const char *name);

/* Try to lock the open file FD (flock, exclusive) without waiting.  Store 1 in
 *RET_LOCKED if this succeeded, 0 if somebody holds it.  */
int azml__file_try_lock (int fd, int *ret_locked, azml_error **err);

#endif

/* ssh-key-file.h: the files that may hold a key of the user.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_KEY_FILE_H
#define AZML_CHANNEL_SSH_KEY_FILE_H

#include "channel/ssh-session.h"

/* One that may be tried.  */
typedef struct azml__ssh_key_file
{
  char *name;
  int locked;  /* it needs a passphrase */
  int outside; /* what proves it is not in the file; the agent may have it */
} azml__ssh_key_file;

/* Store in *RET (new, free with azml__ssh_key_files_free) the files that SSH's configuration
   names, or the usual ones, as far as they are of use, and their number in *N; ONLY: at most
   the first.  Why one is of no use is added to NOTES.  */
int azml__ssh_key_files (azml__ssh *ssh, int only, azml__buffer *notes,
                         azml__ssh_key_file **ret, size_t *n, azml_error **err);
void azml__ssh_key_files_free (azml__ssh_key_file *files, size_t n);

/* The private key in FILE (new), with PHRASE (NULL: none); NULL: it cannot be had.  FILE is
   locked then, if it wants one.  */
ssh_key azml__ssh_key_open (azml__ssh_key_file *file, const char *phrase);

/* KEY with the certificate in the file NAME (new), NULL: there is none for it.  */
ssh_key azml__ssh_key_certified (ssh_key key, const char *name);

/* Note that the key, or WHAT else there is in FILE, was of no use.  */
void azml__ssh_key_note (azml__buffer *notes, const char *what, const char *file,
                         const char *why);

#endif

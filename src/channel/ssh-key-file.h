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

/* Cut a string (RFC 4251, section 5) off the N bytes at *DATA.
   Return its length, -1: there is none.  */
long azml__ssh_cut_string (const char **data, size_t *n);

/* 1 if the N_A bytes at A are a certificate for the public key at B: behind its kind and a
   random string it goes on as the key does behind its kind (PROTOCOL.certkeys).  */
int azml__ssh_certifies (const char *a, size_t n_a, const char *b, size_t n_b);

/* Append the public key of FILE, or else of FILE.pub, as it is sent, to OUT; -1: there is
   none.  */
int azml__ssh_key_public (const char *file, azml__buffer *out);

/* Note that the key, or WHAT else there is in FILE, was of no use.  */
void azml__ssh_key_note (azml__buffer *notes, const char *what, const char *file,
                         const char *why);

#endif

/* ssh-key-file.c: the files that may hold a key of the user.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The private half may be elsewhere: in the agent, where the file is that of the public
   one, or in a security key, which libssh does not know.  */

#include <config.h>

#include "channel/ssh-key-file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/base64.h"
#include "core/file.h"
#include "core/path.h"

#define FILE_LIMIT ((size_t)64 << 10)

static const char *const usual_files[] = { "id_ed25519", "id_ecdsa", "id_rsa",
                                           "id_ed25519_sk", "id_ecdsa_sk" };

#define USUAL_FILES (sizeof usual_files / sizeof *usual_files)

void
azml__ssh_key_note (azml__buffer *notes, const char *what, const char *file,
                    const char *why)
{
  azml__buffer_add_format (notes, "%s%s '%s' %s", notes->length ? "; " : "", what,
                           file, why);
}

/* The kind of the key in FILE, be it private or public, or else in FILE.pub.  */
static enum ssh_keytypes_e
kind_of (const char *file)
{
  ssh_key key = NULL;
  AZML_AUTO_FREE char *beside = azml__path_format ("%s.pub", file);
  if (ssh_pki_import_pubkey_file (file, &key) != SSH_OK
      && (!beside || ssh_pki_import_pubkey_file (beside, &key) != SSH_OK))
    return SSH_KEYTYPE_UNKNOWN;
  enum ssh_keytypes_e kind = ssh_key_type (key);
  ssh_key_free (key);
  return kind;
}

/* 1 if FILE begins as that of a public key does.  */
static int
is_public (const char *file)
{
  char text[6] = "";
  AZML_AUTO_CLOSE int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || read (fd, text, sizeof text) != sizeof text)
    return 0;
  return strncmp (text, "ssh-", 4) == 0 || strncmp (text, "ecdsa-", 6) == 0
         || strncmp (text, "sk-", 3) == 0;
}

/* 1 if FILE may be of use; a private key that others can read is of none.  */
static int
usable (azml__ssh *ssh, azml__ssh_key_file *file, int named, azml__buffer *notes)
{
  struct stat st;
  enum ssh_keytypes_e kind = kind_of (file->name);
  const char *why = NULL;
  if (stat (file->name, &st) < 0)
    {
      file->outside = named && kind != SSH_KEYTYPE_UNKNOWN;
      if (named && !file->outside)
        azml__ssh_key_note (notes, "key", file->name, "does not exist");
      return file->outside;
    }
  file->outside = is_public (file->name);
  if (access (file->name, R_OK) < 0)
    why = strerror (errno);
  else if (!file->outside && st.st_uid == getuid () && (st.st_mode & 077))
    why = "can be read by others (chmod 600)";
  if (why)
    azml__ssh_key_note (notes, "key", file->name, why);
  else if (kind == SSH_KEYTYPE_SK_ED25519 || kind == SSH_KEYTYPE_SK_ECDSA)
    {
      azml__ssh_key_note (notes, "key", file->name,
                          "is of a security key, which needs the ssh command");
      file->outside = ssh->beyond = 1;
    }
  else if (file->outside)
    azml__ssh_key_note (notes, "key", file->name,
                        "is a public one, and no agent has the other half");
  return !why;
}

int
azml__ssh_key_files (azml__ssh *ssh, int only, azml__buffer *notes,
                     azml__ssh_key_file **ret, size_t *n, azml_error **err)
{
  const azml__ssh_config *config = ssh->config;
  int named = config->n_identities > 0;
  size_t all = named ? config->n_identities : USUAL_FILES;
  all = only ? 1 : all;
  azml__ssh_key_file *files = calloc (all, sizeof *files);
  *n = 0;
  if (!files)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < all; i++)
    {
      azml__ssh_key_file *file = &files[*n];
      if (named && strcasecmp (config->identities[i], "none") == 0)
        continue;
      file->name =
          named ? strdup (config->identities[i])
                : azml__path_join3 (azml__ssh_home (), ".ssh", usual_files[i]);
      if (file->name && usable (ssh, file, named, notes))
        ++*n;
      else
        free (azml_steal (&file->name));
    }
  *ret = files;
  return 0;
}

void
azml__ssh_key_files_free (azml__ssh_key_file *files, size_t n)
{
  for (size_t i = 0; i < n; i++)
    free (files[i].name);
  free (files);
}

/* libssh asks for a passphrase only where there is one.  */
static int
see_lock (const char *prompt, char *buf, size_t len, int echo, int verify,
          void *locked)
{
  (void)prompt;
  (void)buf;
  (void)len;
  (void)echo;
  (void)verify;
  *(int *)locked = 1;
  return -1;
}

ssh_key
azml__ssh_key_open (azml__ssh_key_file *file, const char *phrase)
{
  ssh_key key = NULL;
  return ssh_pki_import_privkey_file (file->name, phrase, phrase ? NULL : see_lock,
                                      &file->locked, &key)
                 == SSH_OK
             ? key
             : NULL;
}

long
azml__ssh_cut_string (const char **data, size_t *n)
{
  uint32_t length;
  if (*n < sizeof length)
    return -1;
  memcpy (&length, *data, sizeof length);
  length = be32toh (length);
  if (length > *n - sizeof length)
    return -1;
  *data += sizeof length + length;
  *n -= sizeof length + length;
  return (long)length;
}

int
azml__ssh_certifies (const char *a, size_t n_a, const char *b, size_t n_b)
{
  return azml__ssh_cut_string (&a, &n_a) >= 0
         && azml__ssh_cut_string (&a, &n_a) >= 0
         && azml__ssh_cut_string (&b, &n_b) >= 0 && n_a >= n_b
         && memcmp (a, b, n_b) == 0;
}

/* Append the public KEY, as it is sent, to OUT; -1: it cannot be had.  */
static int export(ssh_key key, azml__buffer *out)
{
  char *base64 = NULL;
  if (ssh_pki_export_pubkey_base64 (key, &base64) != SSH_OK)
    return -1;
  int rc = azml__base64_decode (out, base64);
  ssh_string_free_char (base64);
  return rc;
}

int
azml__ssh_key_public (const char *file, azml__buffer *out)
{
  ssh_key key = NULL;
  AZML_AUTO_FREE char *beside = azml__path_format ("%s.pub", file);
  if (ssh_pki_import_pubkey_file (file, &key) != SSH_OK
      && (!beside || ssh_pki_import_pubkey_file (beside, &key) != SSH_OK))
    return -1;
  int rc = export(key, out);
  ssh_key_free (key);
  return rc;
}

/* 1 if the certificate in FILE is for KEY, at which libssh does not look.  */
static int
fits (const char *file, ssh_key key)
{
  char *rest, *word;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER certificate = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER public = AZML__BUFFER_INIT;
  if (azml__file_read (AT_FDCWD, file, FILE_LIMIT, &text, NULL) < 0
      || export(key, &public) < 0)
    return 0;
  rest = text.data;
  word = strsep (&rest, " \t");
  if (!word || !(word = strsep (&rest, " \t\r\n"))
      || azml__base64_decode (&certificate, word) < 0)
    return 0;
  return azml__ssh_certifies (certificate.data, certificate.length, public.data,
                              public.length);
}

ssh_key
azml__ssh_key_certified (ssh_key key, const char *name)
{
  ssh_key certificate = NULL, both = NULL;
  if (!fits (name, key) || ssh_pki_import_cert_file (name, &certificate) != SSH_OK)
    return NULL;
  both = ssh_key_dup (key);
  if (both && ssh_pki_copy_cert_to_privkey (certificate, both) != SSH_OK)
    {
      ssh_key_free (both);
      both = NULL;
    }
  ssh_key_free (certificate);
  return both;
}

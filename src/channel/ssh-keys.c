/* ssh-keys.c: prove who we are with a key: the agent's, or one in a file.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Files that need no passphrase come first, so that nothing is asked when one of them
   is enough; of those that do, only what the server would take is asked for.  */

#include <config.h>

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "channel/ssh-session.h"
#include "core/clock.h"
#include "core/path.h"

#define QUESTIONS 3

static const char *const usual_files[] = { "id_ed25519", "id_ecdsa", "id_rsa" };

/* One file that may be tried.  */
struct candidate
{
  char *file;
  int locked; /* it needs a passphrase */
};

/* Note why a key was of no use.  */
static void
note (azml__buffer *notes, const char *file, const char *why)
{
  azml__buffer_add_format (notes, "%skey '%s' %s", notes->length ? "; " : "", file,
                           why);
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

/* 1 if FILE may be used as a key; a key that others can read is none.  */
static int
usable (const char *file, int named, azml__buffer *notes)
{
  struct stat st;
  if (stat (file, &st) < 0)
    {
      if (named)
        note (notes, file, "does not exist");
      return 0;
    }
  if (st.st_uid == getuid () && (st.st_mode & 077))
    {
      note (notes, file, "can be read by others (chmod 600)");
      return 0;
    }
  return 1;
}

/* Offer KEY.  */
static int
offer (azml__ssh *ssh, const azml__ssh_how *how, ssh_key key, int *ret_auth,
       azml_error **err)
{
  return AZML__SSH_AUTH_TURNS (ssh, how, ret_auth, err,
                               ssh_userauth_publickey (ssh->session, NULL, key));
}

static int
finished (int auth)
{
  return auth == SSH_AUTH_SUCCESS || auth == SSH_AUTH_PARTIAL
         || auth == SSH_AUTH_ERROR;
}

/* Try the key in CANDIDATE's file if it is not locked; see whether it is.  */
static int
try_open (azml__ssh *ssh, const azml__ssh_how *how, struct candidate *candidate,
          azml__buffer *notes, int *ret_auth, azml_error **err)
{
  ssh_key key = NULL;
  int state = ssh_pki_import_privkey_file (candidate->file, NULL, see_lock,
                                           &candidate->locked, &key);
  if (state != SSH_OK)
    {
      if (!candidate->locked)
        note (notes, candidate->file, "is not readable as a private key");
      return 0;
    }
  int rc = offer (ssh, how, key, ret_auth, err);
  ssh_key_free (key);
  if (rc == 0 && *ret_auth == SSH_AUTH_DENIED)
    note (notes, candidate->file, "was refused");
  return rc;
}

/* 0 if the server says that the public key beside FILE is of no use.  */
static int
wanted (azml__ssh *ssh, const azml__ssh_how *how, const char *file)
{
  ssh_key key = NULL;
  int auth = SSH_AUTH_SUCCESS;
  AZML_AUTO_FREE char *public = azml__path_format ("%s.pub", file);
  if (!public || ssh_pki_import_pubkey_file (public, &key) != SSH_OK)
    return 1;
  if (AZML__SSH_AUTH_TURNS (ssh, how, &auth, NULL,
                            ssh_userauth_try_publickey (ssh->session, NULL, key))
      < 0)
    auth = SSH_AUTH_SUCCESS;
  ssh_key_free (key);
  return auth != SSH_AUTH_DENIED;
}

/* Ask for the passphrase of FILE and try it.  */
static int
try_locked (azml__ssh *ssh, const azml__ssh_how *how, const char *file,
            azml__buffer *notes, int *ret_auth, azml_error **err)
{
  if (!wanted (ssh, how, file))
    {
      note (notes, file, "was refused");
      return 0;
    }
  if (!azml__terminal_present ())
    {
      note (notes, file,
            "needs a passphrase, and there is no terminal (use ssh-add)");
      return 0;
    }
  AZML_AUTO_FREE char *prompt =
      azml__path_format ("Passphrase for key '%s': ", file);
  for (int i = 0; prompt && i < QUESTIONS; i++)
    {
      ssh_key key = NULL;
      AZML_AUTO_SECRET phrase = NULL;
      int rc = azml__terminal_ask (prompt, 0, how->cancel, &phrase, err);
      if (rc < 0)
        return rc;
      if (!*phrase)
        break;
      if (ssh_pki_import_privkey_file (file, phrase, NULL, NULL, &key) != SSH_OK)
        {
          azml__terminal_say ("That is not it.\n");
          continue;
        }
      rc = offer (ssh, how, key, ret_auth, err);
      ssh_key_free (key);
      if (rc == 0 && *ret_auth == SSH_AUTH_DENIED)
        note (notes, file, "was refused");
      return rc;
    }
  note (notes, file, "was not unlocked");
  return 0;
}

/* The keys of the agent, all of them.  */
static int
try_agent (azml__ssh *ssh, const azml__ssh_how *how, azml__buffer *notes,
           int *ret_auth, azml_error **err)
{
  const char *agent = ssh->config->values[AZML__SSH_IDENTITY_AGENT];
  if (agent && strcasecmp (agent, "none") == 0)
    return 0;
  int named = agent && strcmp (agent, "SSH_AUTH_SOCK") != 0;
  const char *path = !named          ? getenv ("SSH_AUTH_SOCK")
                     : *agent == '$' ? getenv (agent + 1)
                                     : agent;
  if (!path || !*path)
    return 0;
  int rc = azml__ssh_agent_answers (path, how->cancel, err);
  if (rc == 0)
    azml__buffer_add_format (notes, "%sthe agent at '%s' does not answer",
                             notes->length ? "; " : "", path);
  if (rc <= 0)
    return rc;
  if (named)
    (void)ssh_options_set (ssh->session, SSH_OPTIONS_IDENTITY_AGENT, path);
  rc = AZML__SSH_AUTH_TURNS (ssh, how, ret_auth, err,
                             ssh_userauth_agent (ssh->session, NULL));
  if (rc == 0 && *ret_auth == SSH_AUTH_DENIED)
    azml__buffer_add_format (notes, "%sno key of the agent was accepted",
                             notes->length ? "; " : "");
  return rc;
}

/* The files to try (new), N of them; ONLY: the first.  */
static struct candidate *
candidates (const azml__ssh_config *config, int only, azml__buffer *notes,
            size_t *n)
{
  size_t all = config->n_identities ? config->n_identities : 3;
  all = only ? 1 : all;
  struct candidate *list = calloc (all, sizeof *list);
  *n = 0;
  for (size_t i = 0; list && i < all; i++)
    {
      int named = config->n_identities > 0;
      char *file =
          named ? strdup (config->identities[i])
                : azml__path_join3 (azml__ssh_home (), ".ssh", usual_files[i]);
      if (file && usable (file, named, notes))
        list[(*n)++].file = file;
      else
        free (file);
    }
  return list;
}

static int
try_all (azml__ssh *ssh, const azml__ssh_how *how, struct candidate *list, size_t n,
         azml__buffer *notes, int *ret_auth, azml_error **err)
{
  int only = how->only_key
             || azml__ssh_config_yes (ssh->config, AZML__SSH_IDENTITIES_ONLY, 0);
  int locked = 0, rc = 0;
  *ret_auth = SSH_AUTH_DENIED;
  if (!only)
    rc = try_agent (ssh, how, notes, ret_auth, err);
  for (size_t i = 0; i < n && rc == 0 && !finished (*ret_auth); i++)
    {
      rc = try_open (ssh, how, &list[i], notes, ret_auth, err);
      locked |= list[i].locked;
    }
  /* The agent may hold one of these without a passphrase.  */
  if (rc == 0 && only && locked && !how->only_key && !finished (*ret_auth))
    rc = try_agent (ssh, how, notes, ret_auth, err);
  for (size_t i = 0; i < n && rc == 0 && !finished (*ret_auth); i++)
    if (list[i].locked)
      rc = try_locked (ssh, how, list[i].file, notes, ret_auth, err);
  return rc;
}

int
azml__ssh_try_keys (azml__ssh *ssh, const azml__ssh_how *how, azml__buffer *notes,
                    int *ret_auth, azml_error **err)
{
  size_t n;
  struct candidate *list = candidates (ssh->config, how->only_key, notes, &n);
  if (!list)
    return azml__error_no_memory (err);
  int rc = try_all (ssh, how, list, n, notes, ret_auth, err);
  for (size_t i = 0; i < n; i++)
    free (list[i].file);
  free (list);
  return rc;
}

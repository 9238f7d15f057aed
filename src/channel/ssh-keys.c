/* ssh-keys.c: prove who we are with a key: the agent's, or one in a file.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Files that need no passphrase come first, so that nothing is asked when one of them
   is enough; of those that do, only what the server would take is asked for.  A key is
   offered with its certificates before it is offered alone, as ssh does.  */

#include <config.h>

#include "channel/ssh-keys.h"

#include <string.h>
#include <strings.h>

#include "channel/ssh-agent-filter.h"
#include "channel/ssh-agent.h"
#include "channel/ssh-key-file.h"
#include "core/clock.h"
#include "core/path.h"

#define QUESTIONS 3

/* What all that is tried has in common.  */
struct attempt
{
  azml__ssh *ssh;
  const azml__ssh_how *how;
  azml__buffer *notes;
  int *auth; /* how it stands: an SSH_AUTH_ value */
  size_t
      fitted; /* of the certificates that are configured: for a key that we have */
};

static void
note (struct attempt *attempt, const char *file, const char *why)
{
  azml__ssh_key_note (attempt->notes, "key", file, why);
}

/* Offer KEY.  */
static int
offer (struct attempt *attempt, ssh_key key, azml_error **err)
{
  return AZML__SSH_AUTH_TURNS (
      attempt->ssh, attempt->how, attempt->auth, err,
      ssh_userauth_publickey (attempt->ssh->session, NULL, key));
}

static int
finished (const struct attempt *attempt)
{
  return *attempt->auth == SSH_AUTH_SUCCESS || *attempt->auth == SSH_AUTH_PARTIAL
         || *attempt->auth == SSH_AUTH_ERROR;
}

/* The Ith file that may hold a certificate for the key in FILE (new), the configured ones
   after the one beside it; *RET is NULL if there are no more.  */
static int
certificate_file (const struct attempt *attempt, const char *file, size_t i,
                  char **ret, azml_error **err)
{
  const azml__ssh_config *config = attempt->ssh->config;
  *ret = NULL;
  if (attempt->how->only_key || i > config->n_certificates)
    return 0;
  *ret = i == 0 ? azml__path_format ("%s-cert.pub", file)
                : strdup (config->certificates[i - 1]);
  return *ret ? 0 : azml__error_no_memory (err);
}

/* Offer KEY, which is FILE's, with each certificate that there is for it, and alone.  */
static int
offer_all (struct attempt *attempt, const char *file, ssh_key key, azml_error **err)
{
  int rc = 0;
  for (size_t i = 0; rc == 0 && !finished (attempt); i++)
    {
      AZML_AUTO_FREE char *name = NULL;
      rc = certificate_file (attempt, file, i, &name, err);
      ssh_key both = name ? azml__ssh_key_certified (key, name) : NULL;
      if (both)
        {
          rc = offer (attempt, both, err);
          ssh_key_free (both);
          attempt->fitted += i > 0;
          if (rc == 0 && *attempt->auth == SSH_AUTH_DENIED)
            azml__ssh_key_note (attempt->notes, "certificate", name, "was refused");
        }
      if (!name)
        break;
    }
  if (rc == 0 && !finished (attempt))
    rc = offer (attempt, key, err);
  if (rc == 0 && *attempt->auth == SSH_AUTH_DENIED)
    note (attempt, file, "was refused");
  return rc;
}

/* Try the key in FILE if it is not locked; see whether it is.  */
static int
try_open (struct attempt *attempt, azml__ssh_key_file *file, azml_error **err)
{
  if (file->outside)
    return 0;
  ssh_key key = azml__ssh_key_open (file, NULL);
  if (!key)
    {
      if (!file->locked)
        note (attempt, file->name, "is not readable as a private key");
      return 0;
    }
  int rc = offer_all (attempt, file->name, key, err);
  ssh_key_free (key);
  return rc;
}

/* 0 if the server says that the public KEY (taken, NULL: unknown) is of no use.  */
static int
public_wanted (struct attempt *attempt, ssh_key key)
{
  int auth = SSH_AUTH_SUCCESS;
  if (key
      && AZML__SSH_AUTH_TURNS (
             attempt->ssh, attempt->how, &auth, NULL,
             ssh_userauth_try_publickey (attempt->ssh->session, NULL, key))
             < 0)
    auth = SSH_AUTH_SUCCESS;
  ssh_key_free (key);
  return auth != SSH_AUTH_DENIED;
}

/* 0 if the server says that neither the public key beside FILE nor a certificate for it
   is of any use.  */
static int
wanted (struct attempt *attempt, const char *file)
{
  ssh_key key = NULL;
  AZML_AUTO_FREE char *public = azml__path_format ("%s.pub", file);
  if (!public || ssh_pki_import_pubkey_file (public, &key) != SSH_OK
      || public_wanted (attempt, key))
    return 1;
  for (size_t i = 0;; i++)
    {
      AZML_AUTO_FREE char *name = NULL;
      if (certificate_file (attempt, file, i, &name, NULL) < 0 || !name)
        return 0;
      if (ssh_pki_import_cert_file (name, &key) == SSH_OK
          && public_wanted (attempt, key))
        return 1;
    }
}

/* Ask for the passphrase of FILE and try it.  */
static int
try_locked (struct attempt *attempt, azml__ssh_key_file *file, azml_error **err)
{
  if (!wanted (attempt, file->name))
    {
      note (attempt, file->name, "was refused");
      return 0;
    }
  if (!azml__terminal_present ())
    {
      note (attempt, file->name,
            "needs a passphrase, and there is no terminal (use ssh-add)");
      return 0;
    }
  AZML_AUTO_FREE char *prompt =
      azml__path_format ("Passphrase for key '%s': ", file->name);
  for (int i = 0; prompt && i < QUESTIONS; i++)
    {
      AZML_AUTO_SECRET phrase = NULL;
      int rc = azml__terminal_ask (prompt, 0, attempt->how->cancel, &phrase, err);
      if (rc < 0)
        return rc;
      if (!*phrase)
        break;
      ssh_key key = azml__ssh_key_open (file, phrase);
      if (!key)
        {
          azml__terminal_say ("That is not it.\n");
          continue;
        }
      rc = offer_all (attempt, file->name, key, err);
      ssh_key_free (key);
      return rc;
    }
  note (attempt, file->name, "was not unlocked");
  return 0;
}

/* The keys of the agent: those of FILES first, or with ONLY alone.  */
static int
try_agent (struct attempt *attempt, const azml__ssh_key_file *files, size_t n,
           int only, azml_error **err)
{
  azml__ssh *ssh = attempt->ssh;
  azml__buffer *notes = attempt->notes;
  const char *agent = ssh->config->values[AZML__SSH_IDENTITY_AGENT];
  if (agent && strcasecmp (agent, "none") == 0)
    return 0;
  int named = agent && strcmp (agent, "SSH_AUTH_SOCK") != 0;
  const char *path = !named          ? getenv ("SSH_AUTH_SOCK")
                     : *agent == '$' ? getenv (agent + 1)
                                     : agent;
  if (!path || !*path)
    return 0;
  int rc = azml__ssh_agent_answers (path, attempt->how->cancel, err);
  if (rc == 0)
    azml__buffer_add_format (notes, "%sthe agent at '%s' does not answer",
                             notes->length ? "; " : "", path);
  if (rc <= 0)
    return rc;
  if (named)
    (void)ssh_options_set (ssh->session, SSH_OPTIONS_IDENTITY_AGENT, path);
  if (!ssh->filtered)
    ssh->filtered = azml__ssh_agent_filter (ssh->session, path, files, n, only);
  rc = AZML__SSH_AUTH_TURNS (ssh, attempt->how, attempt->auth, err,
                             ssh_userauth_agent (ssh->session, NULL));
  if (rc == 0 && *attempt->auth == SSH_AUTH_DENIED)
    azml__buffer_add_format (notes, "%sno key of the agent was accepted",
                             notes->length ? "; " : "");
  return rc;
}

static int
try_all (struct attempt *attempt, azml__ssh_key_file *files, size_t n,
         azml_error **err)
{
  const azml__ssh_config *config = attempt->ssh->config;
  int only_key = attempt->how->only_key;
  int only =
      only_key || azml__ssh_config_yes (config, AZML__SSH_IDENTITIES_ONLY, 0);
  int with_agent = 0, locked = 0, rc = 0;
  *attempt->auth = SSH_AUTH_DENIED;
  if (!only)
    rc = try_agent (attempt, files, n, 0, err);
  for (size_t i = 0; i < n && rc == 0 && !finished (attempt); i++)
    {
      rc = try_open (attempt, &files[i], err);
      locked |= files[i].locked;
      with_agent |= files[i].locked || files[i].outside;
    }
  /* The agent may hold one of these without a passphrase.  */
  if (rc == 0 && only && with_agent && !only_key && !finished (attempt))
    rc = try_agent (attempt, files, n, 1, err);
  for (size_t i = 0; i < n && rc == 0 && !finished (attempt); i++)
    if (files[i].locked)
      rc = try_locked (attempt, &files[i], err);
  if (rc == 0 && !finished (attempt) && !only_key && !locked
      && attempt->fitted < config->n_certificates)
    {
      /* ssh takes the agent's key with it.  */
      azml__buffer_add_format (attempt->notes,
                               "%sCertificateFile names one that fits no key file",
                               attempt->notes->length ? "; " : "");
      attempt->ssh->beyond = 1;
    }
  return rc;
}

int
azml__ssh_try_keys (azml__ssh *ssh, const azml__ssh_how *how, azml__buffer *notes,
                    int *ret_auth, azml_error **err)
{
  size_t n;
  azml__ssh_key_file *files = NULL;
  struct attempt attempt = {
    .ssh = ssh, .how = how, .notes = notes, .auth = ret_auth
  };
  int rc = azml__ssh_key_files (ssh, how->only_key, notes, &files, &n, err);
  if (rc < 0)
    return rc;
  rc = try_all (&attempt, files, n, err);
  azml__ssh_key_files_free (files, n);
  return rc;
}

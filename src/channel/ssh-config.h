/* ssh-config.h: what is said of a host, and what its tokens stand for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_CONFIG_H
#define AZML_CHANNEL_SSH_CONFIG_H

#include "core/error.h"

typedef enum azml__ssh_word
{
  AZML__SSH_HOSTNAME,
  AZML__SSH_PORT,
  AZML__SSH_USER,
  AZML__SSH_IDENTITIES_ONLY,
  AZML__SSH_IDENTITY_AGENT,
  AZML__SSH_PROXY_JUMP,
  AZML__SSH_PROXY_COMMAND,
  AZML__SSH_USER_KNOWN_HOSTS,
  AZML__SSH_GLOBAL_KNOWN_HOSTS,
  AZML__SSH_STRICT,
  AZML__SSH_HOST_KEY_ALIAS,
  AZML__SSH_CIPHERS,
  AZML__SSH_MACS,
  AZML__SSH_KEX,
  AZML__SSH_HOST_KEY_ALGORITHMS,
  AZML__SSH_PUBKEY_ALGORITHMS,
  AZML__SSH_COMPRESSION,
  AZML__SSH_CONNECT_TIMEOUT,
  AZML__SSH_ADDRESS_FAMILY,
  AZML__SSH_PREFERRED_AUTH,
  AZML__SSH_PUBKEY_AUTH,
  AZML__SSH_PASSWORD_AUTH,
  AZML__SSH_KBDINT_AUTH,
  AZML__SSH_TAG,
  AZML__SSH_WORDS
} azml__ssh_word;

typedef struct azml__ssh_config
{
  char *name;                    /* as the user says it */
  char *values[AZML__SSH_WORDS]; /* NULL: nothing is said */
  char **identities; /* IdentityFile, in order; NULL-terminated or NULL */
  size_t n_identities;
  char **certificates; /* CertificateFile, likewise */
  size_t n_certificates;
} azml__ssh_config;

void azml__ssh_config_free (azml__ssh_config *config);
AZML_DEFINE_AUTO (azml__ssh_config, azml__ssh_config_free)

/* 1 if WORD is said and means yes (no: 0), else FALLBACK.  */
int azml__ssh_config_yes (const azml__ssh_config *config, azml__ssh_word word,
                          int fallback);

/* The number that WORD is, or FALLBACK.  */
int azml__ssh_config_number (const azml__ssh_config *config, azml__ssh_word word,
                             int fallback);

/* The seconds that TEXT is, as ssh writes them (90, 1m30s); 0: none at all.  -1: it is
   no time.  */
int azml__ssh_seconds (const char *text);

/* TEXT with %-tokens, ${NAME} and a leading ~ replaced (new), NULL when out of
   memory.  */
char *azml__ssh_config_expand (const azml__ssh_config *config, const char *text);

/* The same with %-tokens alone: a command's ${NAME} is its shell's.  */
char *azml__ssh_config_tokens (const azml__ssh_config *config, const char *text);

/* The home folder: $HOME, else what the system says.  Borrowed.  */
const char *azml__ssh_home (void);

#endif

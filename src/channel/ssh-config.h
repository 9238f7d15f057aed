/* ssh-config.h: what ~/.ssh/config says about a host.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Read by ourselves: libssh looks for the file without regard to $HOME, knows no
   ProxyJump of its own, and does not tell what was said and what is its default.  */

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
  AZML__SSH_WORDS
} azml__ssh_word;

typedef struct azml__ssh_config
{
  char *name;                    /* as the user says it */
  char *values[AZML__SSH_WORDS]; /* NULL: nothing is said */
  char **identities; /* IdentityFile, in order; NULL-terminated or NULL */
  size_t n_identities;
} azml__ssh_config;

/* Store in *RET (new) what is said about NAME: first what is given here (USERNAME,
   PORT 0 and IDENTITY may be left out), then what FILE says, or, without one (NULL),
   $HOME/.ssh/config and then /etc/ssh/ssh_config.  Tokens and ~ are replaced.  Host
   name, port and user are always there.  AZML_E_INVALID: a line is wrong;
   AZML_E_NOT_FOUND: there is no FILE.  */
int azml__ssh_config_read (const char *name, const char *username, int port,
                           const char *identity, const char *file,
                           azml__ssh_config **ret, azml_error **err);
void azml__ssh_config_free (azml__ssh_config *config);
AZML_DEFINE_AUTO (azml__ssh_config, azml__ssh_config_free)

/* 1 if WORD is said and means yes (no: 0), else FALLBACK.  */
int azml__ssh_config_yes (const azml__ssh_config *config, azml__ssh_word word,
                          int fallback);

/* The number that WORD is, or FALLBACK.  */
int azml__ssh_config_number (const azml__ssh_config *config, azml__ssh_word word,
                             int fallback);

/* TEXT with %-tokens, ${NAME} and a leading ~ replaced (new), NULL when out of
   memory.  */
char *azml__ssh_config_expand (const azml__ssh_config *config, const char *text);

/* The home folder: $HOME, else what the system says.  Borrowed.  */
const char *azml__ssh_home (void);

/* What the file that is read may say of a host; see ssh-match.c.  FINAL: this is the
   second time.  */
typedef struct azml__ssh_match
{
  azml__ssh_config *config;
  int final, final_seen;
} azml__ssh_match;

/* 1 if one of the patterns in LIST, separated by a character of SEPARATORS, is TEXT's,
   and none of the negated ones (!pattern).  */
int azml__ssh_pattern (const char *list, const char *separators, const char *text);

/* Store in *RET whether the criteria of a Match line apply.  */
int azml__ssh_match_line (azml__ssh_match *match, char *criteria, int *ret,
                          azml_error **err);

/* Cut the next word off *LINE, with its quotes removed; NULL when there is none.  */
char *azml__ssh_next_word (char **line);

#endif

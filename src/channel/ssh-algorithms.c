/* ssh-algorithms.c: which ciphers, keys and the like a session may use.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A list of the configuration may change the usual one (+, -, ^) and have patterns, of which
   libssh knows nothing; of the names that it is given it takes those that it knows.  */

#include <config.h>

#include "channel/ssh-algorithms.h"

#include <string.h>
#include <sys/auxv.h>

#include "channel/ssh-host-key.h"
#include "channel/ssh-word.h"

#define GCM "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define CHACHA "chacha20-poly1305@openssh.com"
#define CTR "aes128-ctr,aes192-ctr,aes256-ctr"
#define CERT "-cert-v01@openssh.com"
#define KEYS                                                                       \
  "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"       \
  "rsa-sha2-512,rsa-sha2-256"

/* What the lists of the configuration are about: the names that are usual, and others that
   a pattern may mean.  */
static const struct
{
  azml__ssh_word word;
  enum ssh_options_e options[2];
  size_t n;
  const char *name, *usual, *others;
} lists[] = {
  { AZML__SSH_CIPHERS,
    { SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C },
    2,
    "Ciphers",
    NULL, /* it depends on the processor */
    "aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc" },
  { AZML__SSH_MACS,
    { SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C },
    2,
    "MACs",
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,"
    "hmac-sha2-512",
    "hmac-sha1-etm@openssh.com,hmac-sha1" },
  { AZML__SSH_KEX,
    { SSH_OPTIONS_KEY_EXCHANGE },
    1,
    "KexAlgorithms",
    "mlkem768x25519-sha256,sntrup761x25519-sha512,"
    "sntrup761x25519-sha512@openssh.com,curve25519-sha256,"
    "curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group18-sha512,"
    "diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,"
    "diffie-hellman-group1-sha1" },
  { AZML__SSH_PUBKEY_ALGORITHMS,
    { SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES },
    1,
    "PubkeyAcceptedAlgorithms",
    "ssh-ed25519" CERT ",ecdsa-sha2-nistp256" CERT ",ecdsa-sha2-nistp384" CERT
    ",ecdsa-sha2-nistp521" CERT ",rsa-sha2-512" CERT ",rsa-sha2-256" CERT
    ",sk-ssh-ed25519" CERT ",sk-ecdsa-sha2-nistp256" CERT "," KEYS
    ",sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa" CERT ",ssh-rsa" },
  { AZML__SSH_HOST_KEY_ALGORITHMS,
    { SSH_OPTIONS_HOSTKEYS },
    1,
    "HostKeyAlgorithms",
    NULL, /* the kinds that are known come first */
    "ssh-rsa" },
};

/* 1 if this machine's processor computes AES; a server's nearly always does.  */
static int
has_aes (void)
{
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports ("aes") && __builtin_cpu_supports ("pclmul");
#elif defined(__aarch64__) && defined(HWCAP_AES)
  return (getauxval (AT_HWCAP) & HWCAP_AES) != 0;
#else
  return 0;
#endif
}

/* Add the names in FROM that the patterns in LIST mean (WANTED 1) or do not mean (0) to OUT,
   each once.  */
static void
add_names (azml__buffer *out, const char *from, const char *list, int wanted)
{
  AZML_AUTO_FREE char *copy = strdup (from);
  char *save, *name = copy ? strtok_r (copy, ",", &save) : NULL;
  for (; name; name = strtok_r (NULL, ",", &save))
    if (azml__ssh_pattern (list, ",", name) == wanted
        && !(out->length && azml__ssh_pattern (out->data, ",", name)))
      azml__buffer_add_format (out, "%s%s", out->length ? "," : "", name);
}

/* Add what LIST names to OUT: a pattern stands for names of USUAL and OTHERS.  */
static void
add_list (azml__buffer *out, const char *list, const char *usual,
          const char *others)
{
  AZML_AUTO_FREE char *copy = strdup (list);
  char *save, *word = copy ? strtok_r (copy, ",", &save) : NULL;
  for (; word; word = strtok_r (NULL, ",", &save))
    if (strpbrk (word, "*?"))
      {
        add_names (out, usual, word, 1);
        add_names (out, others, word, 1);
      }
    else
      add_names (out, word, word, 1);
}

/* The names that WISH means (new).  */
static char *
names_of (const char *wish, const char *usual, const char *others)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  char sign = *wish && strchr ("+-^", *wish) ? *wish++ : 0;
  if (sign == '+')
    add_names (&out, usual, "*", 1);
  if (sign == '-')
    add_names (&out, usual, wish, 0);
  else
    add_list (&out, wish, usual, others);
  if (sign == '^')
    add_names (&out, usual, "*", 1);
  return azml__buffer_steal (&out);
}

/* Tell libssh of the Ith list.  */
static int
set_list (azml__ssh *ssh, size_t i, const char *usual, azml_error **err)
{
  const char *wish = ssh->config->values[lists[i].word];
  AZML_AUTO_FREE char *names =
      wish ? names_of (wish, usual, lists[i].others) : strdup (usual);
  AZML_AUTO_BUFFER plain = AZML__BUFFER_INIT;
  if (!names)
    return azml__error_no_memory (err);
  /* it shows a certificate of a host to nobody */
  if (lists[i].word == AZML__SSH_HOST_KEY_ALGORITHMS)
    add_names (&plain, names, "*" CERT, 0);
  else
    add_names (&plain, names, "*", 1);
  for (size_t k = 0; k < lists[i].n; k++)
    if (!plain.length || !azml__buffer_ok (&plain)
        || ssh_options_set (ssh->session, lists[i].options[k], plain.data) < 0)
      {
        int rc =
            azml__error (err, AZML_E_INVALID, "'%s': %s '%s' is not usable",
                         ssh->config->name, lists[i].name, wish ? wish : usual);
        azml__error_hint (err,
                          "libssh knows nothing of it; " AZML__SSH_BEYOND_HINT);
        return rc;
      }
  return 0;
}

int
azml__ssh_set_algorithms (azml__ssh *ssh, azml_error **err)
{
  int compress = azml__ssh_config_yes (ssh->config, AZML__SSH_COMPRESSION, 0);
  AZML_AUTO_FREE char *kinds = azml__ssh_known_kinds (ssh->config);
  const char *ciphers =
      has_aes () ? GCM "," CHACHA "," CTR : CHACHA "," GCM "," CTR;
  (void)ssh_options_set (ssh->session, SSH_OPTIONS_COMPRESSION,
                         compress ? "yes" : "no");
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    {
      azml__ssh_word word = lists[i].word;
      int is_kinds = word == AZML__SSH_HOST_KEY_ALGORITHMS;
      const char *usual = word == AZML__SSH_CIPHERS ? ciphers
                          : is_kinds                ? kinds ? kinds : KEYS
                                                    : lists[i].usual;
      /* where nothing is said libssh knows best, but for these two */
      if (!ssh->config->values[word] && word != AZML__SSH_CIPHERS
          && !(is_kinds && kinds))
        continue;
      int rc = set_list (ssh, i, usual, err);
      if (rc < 0)
        return rc;
    }
  return 0;
}

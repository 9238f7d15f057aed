/* ssh-keyword.c: the keywords of ~/.ssh/config, and what may stand behind them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For each keyword the first value that is found counts; files of keys and certificates
   add up.  */

#include <config.h>

#include "channel/ssh-keyword.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>

#include "channel/ssh-word.h"
#include "core/path.h"

/* What may stand behind a keyword.  */
enum kind
{
  TEXT,
  LINE, /* the rest of the line, not one word */
  SWITCH,
  PORT,
  TIME,
  FAMILY,
  STRICT,
  PUBKEY,
  JUMPS
};

static const struct
{
  const char *name;
  azml__ssh_word word;
  enum kind kind;
} keywords[] = {
  { "hostname", AZML__SSH_HOSTNAME, TEXT },
  { "port", AZML__SSH_PORT, PORT },
  { "user", AZML__SSH_USER, TEXT },
  { "identitiesonly", AZML__SSH_IDENTITIES_ONLY, SWITCH },
  { "identityagent", AZML__SSH_IDENTITY_AGENT, TEXT },
  { "proxyjump", AZML__SSH_PROXY_JUMP, JUMPS },
  { "proxycommand", AZML__SSH_PROXY_COMMAND, LINE },
  { "userknownhostsfile", AZML__SSH_USER_KNOWN_HOSTS, LINE },
  { "globalknownhostsfile", AZML__SSH_GLOBAL_KNOWN_HOSTS, LINE },
  { "stricthostkeychecking", AZML__SSH_STRICT, STRICT },
  { "hostkeyalias", AZML__SSH_HOST_KEY_ALIAS, TEXT },
  { "ciphers", AZML__SSH_CIPHERS, TEXT },
  { "macs", AZML__SSH_MACS, TEXT },
  { "kexalgorithms", AZML__SSH_KEX, TEXT },
  { "hostkeyalgorithms", AZML__SSH_HOST_KEY_ALGORITHMS, TEXT },
  { "pubkeyacceptedalgorithms", AZML__SSH_PUBKEY_ALGORITHMS, TEXT },
  { "pubkeyacceptedkeytypes", AZML__SSH_PUBKEY_ALGORITHMS, TEXT },
  { "compression", AZML__SSH_COMPRESSION, SWITCH },
  { "connecttimeout", AZML__SSH_CONNECT_TIMEOUT, TIME },
  { "addressfamily", AZML__SSH_ADDRESS_FAMILY, FAMILY },
  { "preferredauthentications", AZML__SSH_PREFERRED_AUTH, TEXT },
  { "pubkeyauthentication", AZML__SSH_PUBKEY_AUTH, PUBKEY },
  { "passwordauthentication", AZML__SSH_PASSWORD_AUTH, SWITCH },
  { "kbdinteractiveauthentication", AZML__SSH_KBDINT_AUTH, SWITCH },
  { "challengeresponseauthentication", AZML__SSH_KBDINT_AUTH, SWITCH },
  { "tag", AZML__SSH_TAG, TEXT },
};

/* Add the file TEXT to LIST, of *N, unless it is there.  */
static int
add_file (char ***list, size_t *n, const char *text, azml_error **err)
{
  for (size_t i = 0; i < *n; i++)
    if (strcmp ((*list)[i], text) == 0)
      return 0;
  char **more = realloc (*list, (*n + 2) * sizeof *more);
  if (!more)
    return azml__error_no_memory (err);
  *list = more;
  more[*n] = strdup (text);
  more[*n + 1] = NULL;
  return more[(*n)++] ? 0 : azml__error_no_memory (err);
}

char *
azml__ssh_lower (char *text)
{
  for (char *p = text; p && *p; p++)
    if (*p >= 'A' && *p <= 'Z')
      *p = (char)(*p - 'A' + 'a');
  return text;
}

/* 1 if WORD would say another way than the one that is known; to jump over none is none.  */
static int
way_known (const azml__ssh_config *config, azml__ssh_word word)
{
  const char *jump = config->values[AZML__SSH_PROXY_JUMP];
  return (word == AZML__SSH_PROXY_JUMP && config->values[AZML__SSH_PROXY_COMMAND])
         || (word == AZML__SSH_PROXY_COMMAND && jump
             && strcasecmp (jump, "none") != 0);
}

/* 1 if WORD is one of the words in LIST.  */
static int
one_of (const char *word, const char *list)
{
  return !strchr (word, ',') && azml__ssh_host_pattern (list, word);
}

/* The port that WORD names by its number or its service (new); NULL: none.  */
static char *
port_of (const char *word)
{
  char *end;
  long n = strtol (word, &end, 10);
  const struct servent *service = *end ? getservbyname (word, "tcp") : NULL;
  if (service)
    n = ntohs ((uint16_t)service->s_port);
  else if (*end)
    return NULL;
  return n > 0 && n < 65536 ? azml__path_format ("%ld", n) : NULL;
}

/* 1 if each of LIST, which commas separate, says where to jump to.  */
static int
are_jumps (const char *list)
{
  for (const char *p = list;; p++)
    {
      size_t n = strcspn (p, ",");
      char *user, *host, *port;
      AZML_AUTO_FREE char *one = azml__path_format (
          "%s%.*s", strncmp (p, "ssh://", 6) == 0 ? "" : "ssh://", (int)n, p);
      if (!one)
        return 0;
      azml__ssh_destination (one, &user, &host, &port);
      /* a token is replaced later */
      if (!*host || (port && !strchr (port, '%') && !azml__ssh_is_port (port)))
        return 0;
      p += n;
      if (!*p)
        return 1;
    }
}

/* 1 if WORD may stand where something of KIND does.  */
static int
fits (enum kind kind, const char *word)
{
  switch (kind)
    {
    case SWITCH:
      return one_of (word, "yes,no,true,false");
    case TIME:
      return azml__ssh_seconds (word) >= 0;
    case FAMILY:
      return one_of (word, "any,inet,inet6");
    case STRICT:
      return one_of (word, "yes,no,true,false,off,ask,accept-new");
    case PUBKEY:
      return one_of (word, "yes,no,true,false,unbound,host-bound");
    case JUMPS:
      return are_jumps (word);
    case TEXT:
    case LINE:
    case PORT:
      break;
    }
  return 1;
}

/* Take KEYWORD, one of the table's, with what stands in REST.  */
static int
take_value (azml__ssh_config *config, size_t i, char *rest, azml_error **err)
{
  enum kind kind = keywords[i].kind;
  char **value = &config->values[keywords[i].word];
  char *word = kind == LINE ? rest : azml__ssh_next_word (&rest);
  if (!word || !*word)
    return azml__error (err, AZML_E_INVALID, "%s lacks a value", keywords[i].name);
  if (kind != LINE && azml__ssh_next_word (&rest))
    return azml__error (err, AZML_E_INVALID, "%s has more than one value",
                        keywords[i].name);
  AZML_AUTO_FREE char *port = kind == PORT ? port_of (word) : NULL;
  if ((kind == PORT && !port) || !fits (kind, word))
    return azml__error (err, AZML_E_INVALID, "%s cannot be '%s'", keywords[i].name,
                        word);
  if (*value || way_known (config, keywords[i].word))
    return 0;
  if (port)
    *value = azml_steal (&port);
  else if (keywords[i].word == AZML__SSH_HOSTNAME) /* %h is the name as given */
    *value = azml__ssh_lower (azml__ssh_config_tokens (config, word));
  else
    *value = strdup (word);
  return *value ? 0 : azml__error_no_memory (err);
}

int
azml__ssh_add_identity (azml__ssh_config *config, const char *file,
                        azml_error **err)
{
  return add_file (&config->identities, &config->n_identities, file, err);
}

int
azml__ssh_keyword (azml__ssh_config *config, const char *keyword, char *rest,
                   azml_error **err)
{
  char *word;
  int certificate = strcasecmp (keyword, "certificatefile") == 0;
  if (certificate || strcasecmp (keyword, "identityfile") == 0)
    {
      if (!(word = azml__ssh_next_word (&rest)) || !*word)
        return azml__error (err, AZML_E_INVALID, "%s lacks a value", keyword);
      if (azml__ssh_next_word (&rest))
        return azml__error (err, AZML_E_INVALID, "%s has more than one value",
                            keyword);
      return certificate ? add_file (&config->certificates, &config->n_certificates,
                                     word, err)
                         : azml__ssh_add_identity (config, word, err);
    }
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (strcasecmp (keyword, keywords[i].name) == 0)
      return take_value (config, i, rest, err);
  return 0;
}

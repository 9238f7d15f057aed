/* ssh-config.c: what ~/.ssh/config says about a host.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For each keyword the first value that is found counts; identity files add up.  */

#include <config.h>

#include "channel/ssh-config.h"

#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

#include "core/file.h"
#include "core/path.h"

#define FILE_LIMIT ((size_t)1 << 20)
#define DEEPEST_INCLUDE 16

static const struct
{
  const char *name;
  azml__ssh_word word;
  int whole; /* the rest of the line, not one word */
} keywords[] = {
  { "hostname", AZML__SSH_HOSTNAME, 0 },
  { "port", AZML__SSH_PORT, 0 },
  { "user", AZML__SSH_USER, 0 },
  { "identitiesonly", AZML__SSH_IDENTITIES_ONLY, 0 },
  { "identityagent", AZML__SSH_IDENTITY_AGENT, 0 },
  { "proxyjump", AZML__SSH_PROXY_JUMP, 0 },
  { "proxycommand", AZML__SSH_PROXY_COMMAND, 1 },
  { "userknownhostsfile", AZML__SSH_USER_KNOWN_HOSTS, 1 },
  { "globalknownhostsfile", AZML__SSH_GLOBAL_KNOWN_HOSTS, 1 },
  { "stricthostkeychecking", AZML__SSH_STRICT, 0 },
  { "hostkeyalias", AZML__SSH_HOST_KEY_ALIAS, 0 },
  { "ciphers", AZML__SSH_CIPHERS, 0 },
  { "macs", AZML__SSH_MACS, 0 },
  { "kexalgorithms", AZML__SSH_KEX, 0 },
  { "hostkeyalgorithms", AZML__SSH_HOST_KEY_ALGORITHMS, 0 },
  { "pubkeyacceptedalgorithms", AZML__SSH_PUBKEY_ALGORITHMS, 0 },
  { "pubkeyacceptedkeytypes", AZML__SSH_PUBKEY_ALGORITHMS, 0 },
  { "compression", AZML__SSH_COMPRESSION, 0 },
  { "connecttimeout", AZML__SSH_CONNECT_TIMEOUT, 0 },
  { "addressfamily", AZML__SSH_ADDRESS_FAMILY, 0 },
  { "preferredauthentications", AZML__SSH_PREFERRED_AUTH, 0 },
  { "pubkeyauthentication", AZML__SSH_PUBKEY_AUTH, 0 },
  { "passwordauthentication", AZML__SSH_PASSWORD_AUTH, 0 },
  { "kbdinteractiveauthentication", AZML__SSH_KBDINT_AUTH, 0 },
  { "challengeresponseauthentication", AZML__SSH_KBDINT_AUTH, 0 },
};

const char *
azml__ssh_home (void)
{
  const char *home = getenv ("HOME");
  if (home && *home)
    return home;
  const struct passwd *me = getpwuid (getuid ());
  return me ? me->pw_dir : "/";
}

static void
expand_token (const azml__ssh_config *config, char token, azml__buffer *out)
{
  char host[256] = "";
  const struct passwd *me;
  char *const *values = config->values;
  switch (token)
    {
    case '%':
      azml__buffer_add_char (out, '%');
      return;
    case 'h':
      azml__buffer_add_text (out, values[AZML__SSH_HOSTNAME]
                                      ? values[AZML__SSH_HOSTNAME]
                                      : config->name);
      return;
    case 'n':
    case 'k':
      azml__buffer_add_text (out, token == 'k' && values[AZML__SSH_HOST_KEY_ALIAS]
                                      ? values[AZML__SSH_HOST_KEY_ALIAS]
                                      : config->name);
      return;
    case 'p':
      azml__buffer_add_text (out, values[AZML__SSH_PORT] ? values[AZML__SSH_PORT]
                                                         : "22");
      return;
    case 'd':
      azml__buffer_add_text (out, azml__ssh_home ());
      return;
    case 'i':
      azml__buffer_add_format (out, "%u", (unsigned)getuid ());
      return;
    case 'l':
    case 'L':
      (void)gethostname (host, sizeof host - 1);
      azml__buffer_add (out, host,
                        token == 'L' ? strcspn (host, ".") : strlen (host));
      return;
    case 'r':
      if (values[AZML__SSH_USER])
        {
          azml__buffer_add_text (out, values[AZML__SSH_USER]);
          return;
        }
      /* fall through */
    case 'u':
      me = getpwuid (getuid ());
      azml__buffer_add_text (out, me ? me->pw_name : "");
      return;
    default:
      azml__buffer_add_char (out, '%');
      azml__buffer_add_char (out, token);
    }
}

/* ${NAME} at P; return where it ends, NULL if it is none.  */
static const char *
expand_variable (const char *p, azml__buffer *out)
{
  const char *end = strchr (p, '}');
  if (!end)
    return NULL;
  AZML_AUTO_FREE char *name = strndup (p + 2, (size_t)(end - p - 2));
  const char *value = name ? getenv (name) : NULL;
  azml__buffer_add_text (out, value ? value : "");
  return end;
}

char *
azml__ssh_config_expand (const azml__ssh_config *config, const char *text)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  const char *end;
  if (text[0] == '~' && (text[1] == '/' || !text[1]))
    {
      azml__buffer_add_text (&out, azml__ssh_home ());
      text++;
    }
  for (; *text; text++)
    if (*text == '%' && text[1])
      expand_token (config, *++text, &out);
    else if (text[0] == '$' && text[1] == '{'
             && (end = expand_variable (text, &out)))
      text = end;
    else
      azml__buffer_add_char (&out, *text);
  return azml__buffer_steal (&out);
}

static int
add_identity (azml__ssh_config *config, const char *text, azml_error **err)
{
  for (size_t i = 0; i < config->n_identities; i++)
    if (strcmp (config->identities[i], text) == 0)
      return 0;
  char **more =
      realloc (config->identities, (config->n_identities + 2) * sizeof *more);
  if (!more)
    return azml__error_no_memory (err);
  config->identities = more;
  more[config->n_identities] = strdup (text);
  more[config->n_identities + 1] = NULL;
  return more[config->n_identities++] ? 0 : azml__error_no_memory (err);
}

static int read_file (azml__ssh_match *match, const char *file, int user_file,
                      int depth, azml_error **err);

/* Read the files that PATTERN stands for; that there are none is fine.  */
static int
include (azml__ssh_match *match, const char *pattern, int user_file, int depth,
         azml_error **err)
{
  glob_t found;
  AZML_AUTO_FREE char *whole = azml__ssh_config_expand (match->config, pattern);
  if (whole && whole[0] != '/')
    {
      char *path = user_file ? azml__path_join3 (azml__ssh_home (), ".ssh", whole)
                             : azml__path_join ("/etc/ssh", whole);
      free (whole);
      whole = path;
    }
  if (!whole)
    return azml__error_no_memory (err);
  if (depth >= DEEPEST_INCLUDE)
    return azml__error (err, AZML_E_INVALID, "Include is nested too deep");
  int rc = 0;
  if (glob (whole, 0, NULL, &found) == 0)
    {
      for (size_t i = 0; i < found.gl_pathc && rc == 0; i++)
        rc = read_file (match, found.gl_pathv[i], user_file, depth + 1, err);
      globfree (&found);
    }
  return rc;
}

/* 1 if WORD would say another way than the one that is known.  */
static int
way_known (const azml__ssh_config *config, azml__ssh_word word)
{
  return (word == AZML__SSH_PROXY_JUMP && config->values[AZML__SSH_PROXY_COMMAND])
         || (word == AZML__SSH_PROXY_COMMAND
             && config->values[AZML__SSH_PROXY_JUMP]);
}

/* Take KEYWORD with what stands in REST.  */
static int
take (azml__ssh_match *match, const char *keyword, char *rest, int user_file,
      int depth, azml_error **err)
{
  azml__ssh_config *config = match->config;
  char *word;
  int rc = 0;
  if (strcasecmp (keyword, "include") == 0)
    {
      while (rc == 0 && (word = azml__ssh_next_word (&rest)))
        rc = include (match, word, user_file, depth, err);
      return rc;
    }
  if (strcasecmp (keyword, "identityfile") == 0)
    return (word = azml__ssh_next_word (&rest)) ? add_identity (config, word, err)
                                                : 0;
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    {
      char **value = &config->values[keywords[i].word];
      if (strcasecmp (keyword, keywords[i].name) != 0 || *value)
        continue;
      word = keywords[i].whole ? rest : azml__ssh_next_word (&rest);
      if (!word || !*word)
        return azml__error (err, AZML_E_INVALID, "%s lacks a value", keyword);
      if (keywords[i].word == AZML__SSH_HOSTNAME) /* %h is the name as given */
        *value = azml__ssh_config_expand (config, word);
      else if (!way_known (config, keywords[i].word))
        *value = strdup (word);
      else
        return 0;
      return *value ? 0 : azml__error_no_memory (err);
    }
  return 0;
}

/* Take the line LINE; *ACTIVE: it counts for this host.  */
static int
take_line (azml__ssh_match *match, char *line, int *active, int user_file,
           int depth, azml_error **err)
{
  line += strspn (line, " \t");
  if (!*line || *line == '#')
    return 0;
  char *keyword = line;
  line += strcspn (line, " \t=");
  if (*line)
    *line++ = 0;
  line += strspn (line, " \t=");
  if (strcasecmp (keyword, "host") == 0)
    {
      *active = azml__ssh_pattern (line, " \t\"", match->config->name);
      return 0;
    }
  if (strcasecmp (keyword, "match") == 0)
    return azml__ssh_match_line (match, line, active, err);
  return *active ? take (match, keyword, line, user_file, depth, err) : 0;
}

static int
read_file (azml__ssh_match *match, const char *file, int user_file, int depth,
           azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int active = 1, number = 0, rc;
  char *line, *rest;
  rc = azml__file_read (AT_FDCWD, file, FILE_LIMIT, &text, err);
  if (rc < 0)
    return rc;
  rest = text.data;
  while (rest && (line = strsep (&rest, "\n")))
    {
      char *end = line + strlen (line);
      number++;
      while (end > line && strchr (" \t\r\f", end[-1]))
        *--end = 0;
      rc = take_line (match, line, &active, user_file, depth, err);
      if (rc < 0)
        return azml__error_prefix (err, rc, "%s:%d", file, number);
    }
  return 0;
}

/* The user's file, if FILE is NULL, and then the system's; what is missing of these
   says nothing.  */
static int
read_files (azml__ssh_match *match, const char *file, azml_error **err)
{
  if (file)
    return read_file (match, file, 1, 0, err);
  AZML_AUTO_FREE char *mine =
      azml__path_join3 (azml__ssh_home (), ".ssh", "config");
  if (!mine)
    return azml__error_no_memory (err);
  int rc = access (mine, R_OK) == 0 ? read_file (match, mine, 1, 0, err) : 0;
  if (rc == 0 && access ("/etc/ssh/ssh_config", R_OK) == 0)
    rc = read_file (match, "/etc/ssh/ssh_config", 0, 0, err);
  return rc;
}

static int
set (azml__ssh_config *config, azml__ssh_word word, const char *text,
     azml_error **err)
{
  if (!text || config->values[word])
    return 0;
  config->values[word] = strdup (text);
  return config->values[word] ? 0 : azml__error_no_memory (err);
}

/* Replace the tokens of WORD by what they stand for.  */
static int
expand (azml__ssh_config *config, azml__ssh_word word, azml_error **err)
{
  if (!config->values[word])
    return 0;
  char *whole = azml__ssh_config_expand (config, config->values[word]);
  if (!whole)
    return azml__error_no_memory (err);
  free (config->values[word]);
  config->values[word] = whole;
  return 0;
}

static int
complete (azml__ssh_config *config, azml_error **err)
{
  const struct passwd *me = getpwuid (getuid ());
  int rc = set (config, AZML__SSH_HOSTNAME, config->name, err);
  if (rc == 0)
    rc = set (config, AZML__SSH_PORT, "22", err);
  if (rc == 0)
    rc = set (config, AZML__SSH_USER, me ? me->pw_name : "root", err);
  if (rc == 0)
    rc = expand (config, AZML__SSH_IDENTITY_AGENT, err);
  if (rc == 0)
    rc = expand (config, AZML__SSH_HOST_KEY_ALIAS, err);
  for (size_t i = 0; i < config->n_identities && rc == 0; i++)
    {
      char *whole = azml__ssh_config_expand (config, config->identities[i]);
      if (!whole)
        return azml__error_no_memory (err);
      free (config->identities[i]);
      config->identities[i] = whole;
    }
  return rc;
}

int
azml__ssh_config_read (const char *name, const char *username, int port,
                       const char *identity, const char *file,
                       azml__ssh_config **ret, azml_error **err)
{
  char number[16];
  AZML_AUTO (azml__ssh_config) config = calloc (1, sizeof *config);
  if (!config || !(config->name = strdup (name)))
    return azml__error_no_memory (err);
  snprintf (number, sizeof number, "%d", port);
  azml__ssh_match match = { .config = config };
  int rc = set (config, AZML__SSH_USER, username, err);
  if (rc == 0 && port)
    rc = set (config, AZML__SSH_PORT, number, err);
  if (rc == 0 && identity)
    rc = add_identity (config, identity, err);
  if (rc == 0 && identity)
    rc = set (config, AZML__SSH_IDENTITIES_ONLY, "yes", err);
  if (rc == 0)
    rc = read_files (&match, file, err);
  if (rc == 0 && match.final_seen)
    {
      match.final = 1;
      rc = read_files (&match, file, err);
    }
  if (rc == 0)
    rc = complete (config, err);
  if (rc < 0)
    return rc;
  *ret = azml_steal (&config);
  return 0;
}

int
azml__ssh_config_yes (const azml__ssh_config *config, azml__ssh_word word,
                      int fallback)
{
  const char *text = config->values[word];
  if (!text)
    return fallback;
  return strcasecmp (text, "yes") == 0 || strcasecmp (text, "true") == 0;
}

int
azml__ssh_config_number (const azml__ssh_config *config, azml__ssh_word word,
                         int fallback)
{
  const char *text = config->values[word];
  char *end;
  long n = text ? strtol (text, &end, 10) : -1;
  return text && n > 0 && n < 1 << 20 && !*end ? (int)n : fallback;
}

void
azml__ssh_config_free (azml__ssh_config *config)
{
  if (!config)
    return;
  for (size_t i = 0; i < AZML__SSH_WORDS; i++)
    free (config->values[i]);
  for (size_t i = 0; i < config->n_identities; i++)
    free (config->identities[i]);
  free (config->identities);
  free (config->name);
  free (config);
}

/* ssh-config-read.c: read ~/.ssh/config.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-config-read.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "channel/ssh-keyword.h"
#include "channel/ssh-match.h"
#include "channel/ssh-word.h"
#include "core/file.h"
#include "core/path.h"

#define FILE_LIMIT ((size_t)1 << 20)
#define DEEPEST_INCLUDE 16

/* Whose file it is; what one includes is of the same.  */
enum origin
{
  SYSTEM_FILE,
  USER_FILE,
  NAMED_FILE /* instead of both, as with ssh -F */
};

static int read_file (azml__ssh_match *match, const char *file, enum origin origin,
                      int depth, azml_error **err);

/* Read the files that PATTERN stands for; that there are none is fine.  */
static int
include (azml__ssh_match *match, const char *pattern, enum origin origin, int depth,
         azml_error **err)
{
  glob_t found;
  AZML_AUTO_FREE char *whole = azml__ssh_config_expand (match->config, pattern);
  if (whole && whole[0] != '/')
    {
      char *path = origin != SYSTEM_FILE
                       ? azml__path_join3 (azml__ssh_home (), ".ssh", whole)
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
        rc = read_file (match, found.gl_pathv[i], origin, depth + 1, err);
      globfree (&found);
    }
  return rc;
}

/* Take KEYWORD with what stands in REST.  */
static int
take (azml__ssh_match *match, const char *keyword, char *rest, enum origin origin,
      int depth, azml_error **err)
{
  char *word;
  int rc = 0;
  if (strcasecmp (keyword, "include") != 0)
    return azml__ssh_keyword (match->config, keyword, rest, err);
  while (rc == 0 && (word = azml__ssh_next_word (&rest)))
    rc = include (match, word, origin, depth, err);
  return rc;
}

/* Take the line LINE; *ACTIVE: it counts for this host.  */
static int
take_line (azml__ssh_match *match, char *line, int *active, enum origin origin,
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
      *active = azml__ssh_host_line (line, match->config->name);
      return 0;
    }
  if (strcasecmp (keyword, "match") == 0)
    return azml__ssh_match_line (match, line, active, err);
  return *active ? take (match, keyword, line, origin, depth, err) : 0;
}

/* 1 if nobody but the user, or root, can write what ST is about: a group of that user
   alone is fine.  */
static int
is_ours (const struct stat *st)
{
  const struct passwd *me = getpwuid (getuid ());
  const struct group *group;
  if ((st->st_uid != 0 && st->st_uid != getuid ()) || (st->st_mode & S_IWOTH))
    return 0;
  if (!(st->st_mode & S_IWGRP))
    return 1;
  if (!me || me->pw_gid != st->st_gid || !(group = getgrgid (st->st_gid)))
    return 0;
  for (char **member = group->gr_mem; *member; member++)
    if (strcmp (*member, me->pw_name) != 0)
      return 0;
  return 1;
}

static int
read_file (azml__ssh_match *match, const char *file, enum origin origin, int depth,
           azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int active = 1, number = 0, rc;
  char *line, *rest;
  struct stat st;
  /* It may say what is to be executed, as whom and where to log in.  */
  if (origin == USER_FILE && stat (file, &st) == 0 && !is_ours (&st))
    {
      rc = azml__error (err, AZML_E_DENIED, "bad owner or permissions on '%s'",
                        file);
      azml__error_hint (err, "chmod go-w '%s', and let it be yours", file);
      return rc;
    }
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
      rc = take_line (match, line, &active, origin, depth, err);
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
    return read_file (match, file, NAMED_FILE, 0, err);
  AZML_AUTO_FREE char *mine =
      azml__path_join3 (azml__ssh_home (), ".ssh", "config");
  if (!mine)
    return azml__error_no_memory (err);
  int rc =
      access (mine, R_OK) == 0 ? read_file (match, mine, USER_FILE, 0, err) : 0;
  if (rc == 0 && access ("/etc/ssh/ssh_config", R_OK) == 0)
    rc = read_file (match, "/etc/ssh/ssh_config", SYSTEM_FILE, 0, err);
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

/* The same with each name in LIST (NULL: none).  */
static int
expand_files (const azml__ssh_config *config, char **list, azml_error **err)
{
  for (; list && *list; list++)
    {
      char *whole = azml__ssh_config_expand (config, *list);
      if (!whole)
        return azml__error_no_memory (err);
      free (*list);
      *list = whole;
    }
  return 0;
}

static int
complete (azml__ssh_config *config, azml_error **err)
{
  const struct passwd *me = getpwuid (getuid ());
  int rc = set (config, AZML__SSH_HOSTNAME, config->name, err);
  (void)azml__ssh_lower (config->values[AZML__SSH_HOSTNAME]);
  (void)azml__ssh_lower (config->values[AZML__SSH_HOST_KEY_ALIAS]);
  if (rc == 0)
    rc = set (config, AZML__SSH_PORT, "22", err);
  if (rc == 0)
    rc = set (config, AZML__SSH_USER, me ? me->pw_name : "root", err);
  if (rc == 0)
    rc = expand (config, AZML__SSH_IDENTITY_AGENT, err);
  if (rc == 0)
    rc = expand (config, AZML__SSH_PROXY_JUMP, err);
  if (rc == 0)
    rc = expand_files (config, config->identities, err);
  if (rc == 0)
    rc = expand_files (config, config->certificates, err);
  return rc;
}

int
azml__ssh_config_read (const char *name, const char *username, int port,
                       const char *identity, const char *file,
                       azml__ssh_config **ret, azml_error **err)
{
  char number[16];
  char *named_user, *host, *named_port;
  AZML_AUTO (azml__ssh_config) config = calloc (1, sizeof *config);
  AZML_AUTO_FREE char *copy = strdup (name);
  if (!config || !copy)
    return azml__error_no_memory (err);
  azml__ssh_destination (copy, &named_user, &host, &named_port);
  if (!(config->name = strdup (host)))
    return azml__error_no_memory (err);
  snprintf (number, sizeof number, "%d", port);
  azml__ssh_match match = { .config = config };
  int rc = set (config, AZML__SSH_USER, username ? username : named_user, err);
  if (rc == 0)
    rc = set (config, AZML__SSH_PORT, port ? number : named_port, err);
  if (rc == 0 && identity)
    rc = azml__ssh_add_identity (config, identity, err);
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

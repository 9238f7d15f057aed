/* ssh-match.c: Match lines of ~/.ssh/config.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-match.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

#include "channel/ssh-network.h"
#include "channel/ssh-word.h"
#include "core/cleanup.h"
#include "core/path.h"
#include "core/spawn.h"

/* 1 if COMMAND, executed by sh, succeeds.  */
static int
succeeds (const azml__ssh_config *config, const char *command)
{
  int status;
  pid_t pid;
  AZML_AUTO_FREE char *text = azml__ssh_config_tokens (config, command);
  char *argv[] = { (char *)"sh", (char *)"-c", text, NULL };
  azml__spawn spawn = { .program = "/bin/sh", .argv = argv, .fds = { -1, -1, -1 } };
  return text && azml__spawn_start (&spawn, &pid, NULL) == 0
         && azml__spawn_wait (pid, &status, NULL) == 0 && status == 0;
}

/* What is executed begins like this (ssh-line.c).  */
#define COMMAND "exec /bin/sh -c azml-runner serve"

/* The release of the ssh command (new), as it knows itself; an empty one without it.  */
static char *
release (void)
{
  char text[256];
  int status, pair[2];
  pid_t pid;
  size_t n = 0;
  if (pipe2 (pair, O_CLOEXEC) < 0)
    return strdup ("");
  AZML_AUTO_CLOSE int ours = pair[0];
  AZML_AUTO_CLOSE int theirs = pair[1];
  AZML_AUTO_FREE char *program = azml__path_program ("ssh", NULL);
  char *argv[] = { (char *)"ssh", (char *)"-V", NULL };
  azml__spawn spawn = { .program = program,
                        .argv = argv,
                        .fds = { -1, -1, theirs } };
  if (!program || azml__spawn_start (&spawn, &pid, NULL) < 0)
    return strdup ("");
  close (azml__steal_fd (&theirs));
  for (ssize_t got; n < sizeof text - 1
                    && ((got = read (ours, text + n, sizeof text - 1 - n)) > 0
                        || (got < 0 && errno == EINTR));)
    n += got > 0 ? (size_t)got : 0;
  (void)azml__spawn_wait (pid, &status, NULL);
  text[n] = 0;
  return strndup (text, strcspn (text, ",\r\n"));
}

static int
is_of_version (const char *value)
{
  AZML_AUTO_FREE char *mine = release ();
  return mine && *mine && azml__ssh_pattern (value, ",", mine);
}

/* Whether the criterion NAME with the patterns VALUE applies; -1: there is no such
   criterion, or its value cannot be.  */
static int
applies (azml__ssh_match *match, const char *name, const char *value)
{
  const azml__ssh_config *config = match->config;
  const char *host = config->values[AZML__SSH_HOSTNAME];
  const char *user = config->values[AZML__SSH_USER];
  const char *tag = config->values[AZML__SSH_TAG];
  const struct passwd *me = getpwuid (getuid ());
  const char *myself = me ? me->pw_name : "";
  if (strcasecmp (name, "host") == 0)
    return azml__ssh_host_pattern (value, host ? host : config->name);
  if (strcasecmp (name, "originalhost") == 0)
    return azml__ssh_host_pattern (value, config->name);
  if (strcasecmp (name, "user") == 0)
    return azml__ssh_pattern (value, ",", user ? user : myself);
  if (strcasecmp (name, "localuser") == 0)
    return azml__ssh_pattern (value, ",", myself);
  if (strcasecmp (name, "exec") == 0)
    return succeeds (config, value);
  if (strcasecmp (name, "sessiontype") == 0)
    return azml__ssh_pattern (value, ",", "exec");
  if (strcasecmp (name, "command") == 0)
    return azml__ssh_pattern (value, ",", COMMAND);
  if (strcasecmp (name, "version") == 0)
    return is_of_version (value);
  if (strcasecmp (name, "tagged") == 0)
    return tag ? azml__ssh_pattern (value, ",", tag) : !*value;
  if (strcasecmp (name, "localnetwork") == 0)
    return azml__ssh_local_network (value);
  return -1;
}

/* Cut the value of the criterion WORD off *LINE: it stands behind a blank or an equals sign,
   of which *LINE may be behind already; NULL: there is none.  */
static char *
value_of (char *word, char **line)
{
  char *sign = strchr (word, '=');
  if (sign)
    {
      *sign = 0;
      if (sign[1])
        return sign + 1;
    }
  else
    {
      *line += strspn (*line, " \t");
      *line += **line == '=';
    }
  return azml__ssh_next_word (line);
}

int
azml__ssh_match_line (azml__ssh_match *match, char *criteria, int *ret,
                      azml_error **err)
{
  int all = 1;
  char *word;
  while ((word = azml__ssh_next_word (&criteria)))
    {
      int negated = *word == '!', found;
      word += negated;
      if (strcasecmp (word, "all") == 0)
        found = 1;
      else if (strcasecmp (word, "final") == 0
               || strcasecmp (word, "canonical") == 0)
        {
          match->final_seen |= strcasecmp (word, "final") == 0;
          found = match->final;
        }
      else
        {
          char *value = value_of (word, &criteria);
          if (!value)
            return azml__error (err, AZML_E_INVALID, "Match %s lacks a value",
                                word);
          /* a command is executed only when it decides */
          found = all ? applies (match, word, value) : 0;
          if (found < 0)
            return azml__error (err, AZML_E_INVALID, "Match cannot be '%s %s'",
                                word, value);
        }
      all = all && found != negated;
    }
  *ret = all;
  return 0;
}

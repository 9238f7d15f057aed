/* ssh-word.c: words and patterns of ~/.ssh/config.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-word.h"

#include <ctype.h>
#include <string.h>

#include "core/cleanup.h"

/* ssh knows * and ? only; a bracket is a character.  FOLD: upper and lower case are the
   same.  */
static int
matches (const char *pattern, const char *text, int fold)
{
  if (*pattern == '*')
    {
      while (*pattern == '*')
        pattern++;
      do
        if (matches (pattern, text, fold))
          return 1;
      while (*text++);
      return 0;
    }
  if (!*pattern || !*text)
    return *pattern == *text;
  return (*pattern == '?' || *pattern == *text
          || (fold
              && tolower ((unsigned char)*pattern)
                     == tolower ((unsigned char)*text)))
         && matches (pattern + 1, text + 1, fold);
}

static int
match_list (const char *list, const char *separators, const char *text, int fold)
{
  AZML_AUTO_FREE char *copy = strdup (list);
  char *save, *pattern = copy ? strtok_r (copy, separators, &save) : NULL;
  int found = 0;
  for (; pattern; pattern = strtok_r (NULL, separators, &save))
    {
      int negated = *pattern == '!';
      if (matches (pattern + negated, text, fold))
        {
          if (negated)
            return 0;
          found = 1;
        }
    }
  return found;
}

int
azml__ssh_pattern (const char *list, const char *separators, const char *text)
{
  return match_list (list, separators, text, 0);
}

int
azml__ssh_host_pattern (const char *list, const char *text)
{
  return match_list (list, ",", text, 1);
}

char *
azml__ssh_next_word (char **line)
{
  char *p = *line + strspn (*line, " \t");
  char *word = p, *to = p;
  char quote = 0;
  if (!*p || *p == '#')
    return NULL;
  for (; *p && (quote || !isspace ((unsigned char)*p)); p++)
    if (quote ? *p == quote : *p == '"' || *p == '\'')
      quote = quote ? 0 : *p;
    else if (*p == '\\' && p[1]
             && (strchr ("\"'\\", p[1]) || (!quote && p[1] == ' ')))
      *to++ = *++p;
    else
      *to++ = *p;
  *line = *p ? p + 1 : p;
  *to = 0;
  return word;
}

int
azml__ssh_host_line (char *patterns, const char *host)
{
  int found = 0;
  char *word;
  while ((word = azml__ssh_next_word (&patterns)))
    {
      int negated = *word == '!';
      if (!matches (word + negated, host, 0))
        continue;
      if (negated)
        return 0;
      found = 1;
    }
  return found;
}

void
azml__ssh_destination (char *text, char **user, char **host, char **port)
{
  int address = strncmp (text, "ssh://", 6) == 0;
  *user = *port = NULL;
  *host = address ? text + 6 : text;
  char *at = strrchr (*host, '@');
  if (at)
    {
      *at = 0;
      *user = *host;
      *host = at + 1;
    }
  if (!address)
    return;
  (*host)[strcspn (*host, "/")] = 0;
  char *close = **host == '[' ? strchr (*host, ']') : NULL;
  char *colon = strchr (close ? close : *host, ':');
  if (close)
    {
      *close = 0;
      ++*host;
    }
  else if (colon && strchr (colon + 1, ':'))
    return; /* an address of IPv6, as it is */
  if (colon)
    {
      *colon = 0;
      *port = colon + 1;
    }
}

/* Signs that a shell would act upon, as in the ProxyCommand that %h gets into.  */
#define SHELL_SIGNS "'`\";&<>|(){}"

int
azml__ssh_is_host (const char *host)
{
  if (!*host || *host == '-')
    return 0;
  for (const char *p = host; *p; p++)
    if (strchr (SHELL_SIGNS "$\\", *p) || isspace ((unsigned char)*p)
        || iscntrl ((unsigned char)*p))
      return 0;
  return 1;
}

int
azml__ssh_is_user (const char *user)
{
  if (!*user || *user == '-')
    return 0;
  for (const char *p = user; *p; p++)
    if (strchr (SHELL_SIGNS, *p) || iscntrl ((unsigned char)*p)
        || (isspace ((unsigned char)*p) && p[1] == '-') || (*p == '\\' && !p[1]))
      return 0;
  return 1;
}

int
azml__ssh_is_port (const char *port)
{
  return *port && strlen (port) <= 5 && port[strspn (port, "0123456789")] == 0;
}

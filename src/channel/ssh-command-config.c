/* ssh-command-config.c: what the ssh command knows of a host, and what we add to it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   On its command line a setting goes before those of the configuration, and identity
   files add up; so it is asked (ssh -G) where our wish is only a default, and where
   none of the files that are configured may be used.  */

#include <config.h>

#include <pwd.h>
#include <string.h>
#include <strings.h>

#include "channel/channel.h"
#include "channel/ssh-command-config.h"
#include "channel/ssh-word.h"
#include "core/json.h"
#include "core/path.h"

#define CONNECT_TIMEOUT "30" /* as with the library */

/* What matters of a host besides its keys, and what ssh -G tells of it.  */
static const char *const kept[] = {
  "hostname",
  "user",
  "port",
  "addressfamily",
  "bindaddress",
  "hostkeyalias",
  "userknownhostsfile",
  "globalknownhostsfile",
  "stricthostkeychecking",
  "ciphers",
  "macs",
  "kexalgorithms",
  "hostkeyalgorithms",
  "pubkeyacceptedalgorithms",
  "pubkeyauthentication",
  "compression",
  "proxycommand",
};

const char *
azml__ssh_command_file (const json_t *description, char **mine)
{
  const char *named = azml__json_string (description, "config");
  const char *home = getenv ("HOME");
  const struct passwd *me = getpwuid (getuid ());
  *mine = NULL;
  /* ssh looks where the system says that we are at home */
  if (named || !home || !*home || !me || strcmp (home, me->pw_dir) == 0)
    return named;
  *mine = azml__path_join3 (home, ".ssh", "config");
  return *mine && access (*mine, R_OK) == 0 ? *mine : NULL;
}

/* The value of KEY in the lines of TEXT (new), NULL: none.  */
static char *
value_of (const char *text, const char *key)
{
  size_t n = strlen (key);
  for (const char *line = text; line && *line;
       line = (line = strchr (line, '\n')) ? line + 1 : NULL)
    if (strncasecmp (line, key, n) == 0 && line[n] == ' ')
      return strndup (line + n + 1, strcspn (line + n + 1, "\r\n"));
  return NULL;
}

/* Ask PROGRAM about the host of DESCRIPTION; add its lines to LINES.  */
static int
ask (const char *program, const json_t *description, const char *file,
     azml_cancel *cancel, azml__buffer *lines, azml_error **err)
{
  char port[16];
  int status = -1, n = 4;
  json_int_t number = azml__json_integer (description, "port", -1);
  const char *address = azml__json_string (description, "address");
  AZML_AUTO (azml__channel) here = NULL;
  AZML_AUTO_BUFFER said = AZML__BUFFER_INIT;
  const char *argv[14] = { program, "-T", "-G", "-oRemoteCommand=none" };
  snprintf (port, sizeof port, "%d", (int)number);
  const char *const pairs[][2] = {
    { "-F", file },
    { "-l", azml__json_string (description, "username") },
    { "-p", number > 0 ? port : NULL },
    { "--", address },
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (pairs[i][1])
      {
        argv[n++] = pairs[i][0];
        argv[n++] = pairs[i][1];
      }
  argv[n++] = "exec /bin/sh"; /* it is about a command */
  int rc = azml__channel_local ((char *const *)argv, &here, err);
  if (rc == 0)
    rc = azml__channel_run (here, "", 0, cancel, lines, &said, &status, err);
  if (rc < 0 || status == 0)
    return rc;
  const char *last = azml__buffer_ok (&said) ? said.data : "";
  return azml__error (err, AZML_E_INVALID, "'%s': %.*s", address,
                      (int)strcspn (last, "\r\n"), last);
}

/* The ProxyCommand that does what ProxyJump VALUE does, with FILE as configuration,
   which the ssh that is executed for ProxyJump would not get (new).  */
static char *
jump_command (const char *program, const char *file, const char *value)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const char *comma = strrchr (value, ',');
  const char *last = comma ? comma + 1 : value;
  char *user, *host, *port;
  AZML_AUTO_FREE char *url = azml__path_format (
      "%s%s", strncmp (last, "ssh://", 6) == 0 ? "" : "ssh://", last);
  if (!url)
    return NULL;
  azml__ssh_destination (url, &user, &host, &port);
  azml__buffer_add_format (&text, "%s", program);
  if (file)
    azml__buffer_add_format (&text, " -F '%s'", file);
  if (comma)
    azml__buffer_add_format (&text, " -J '%.*s'", (int)(comma - value), value);
  if (user)
    azml__buffer_add_format (&text, " -l '%s'", user);
  if (port)
    azml__buffer_add_format (&text, " -p '%s'", port);
  azml__buffer_add_format (&text, " -W '[%%h]:%%p' -- '%s'", host);
  return azml__buffer_steal (&text);
}

/* Add the setting KEY VALUE to LIST.  */
static int
add (json_t *list, const char *key, const char *value)
{
  AZML_AUTO_FREE char *text = azml__path_format ("-o%s=%s", key, value);
  return text ? json_array_append_new (list, json_string (text)) : -1;
}

/* Everything of the configuration but its ways to log in.  */
static int
only_key (json_t *list, const char *lines, const char *program, const char *file)
{
  int rc = add (list, "PreferredAuthentications", "publickey");
  rc |= add (list, "IdentityAgent", "none");
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    {
      AZML_AUTO_FREE char *value = value_of (lines, kept[i]);
      if (value)
        rc |= add (list, kept[i], value);
    }
  AZML_AUTO_FREE char *jump = value_of (lines, "proxyjump");
  AZML_AUTO_FREE char *command = jump && strcmp (jump, "none") != 0
                                     ? jump_command (program, file, jump)
                                     : NULL;
  if (command)
    rc |= add (list, "ProxyCommand", command);
  return rc;
}

/* What may stand in the configuration, and what goes before it: without a word of ssh nobody
   knows why there is no connection, a key that has changed is refused whatever is wished, and
   it is a program that is executed, with its input.  */
static const struct
{
  const char *key, *values, *setting, *instead;
} overruled[] = {
  { "loglevel", "silent,quiet,fatal", "LogLevel", "ERROR" },
  { "stricthostkeychecking", "no,false,off", "StrictHostKeyChecking",
    "accept-new" },
  { "sessiontype", "none,subsystem", "SessionType", "default" },
  { "stdinnull", "yes", "StdinNull", "no" },
  { "forkafterauthentication", "yes", "ForkAfterAuthentication", "no" },
};

/* Add what goes before LINES to LIST.  */
static int
overrule (json_t *list, const char *lines)
{
  int rc = 0;
  for (size_t i = 0; i < sizeof overruled / sizeof *overruled; i++)
    {
      AZML_AUTO_FREE char *value = value_of (lines, overruled[i].key);
      if (value && azml__ssh_host_pattern (overruled[i].values, value))
        rc |= add (list, overruled[i].setting, overruled[i].instead);
    }
  return rc;
}

int
azml__ssh_command_settings (const char *program, const json_t *description,
                            const char *file, azml_cancel *cancel, json_t **ret,
                            azml_error **err)
{
  int only = json_is_true (json_object_get (description, "only_key"));
  AZML_AUTO_BUFFER lines = AZML__BUFFER_INIT;
  AZML_AUTO (json_t) list = json_array ();
  azml_error *unknown = NULL;
  /* What is wrong with the configuration is told when the program is executed.  */
  int rc = ask (program, description, file, cancel, &lines, only ? err : &unknown);
  if (rc == AZML_E_CANCELLED && !only)
    azml__error_move (err, &unknown);
  azml_error_free (unknown);
  if (rc < 0 && (only || rc == AZML_E_CANCELLED))
    return rc;
  const char *text = lines.length && azml__buffer_ok (&lines) ? lines.data : "";
  AZML_AUTO_FREE char *seconds = value_of (text, "connecttimeout");
  int failed = !list;
  if (!json_object_get (description, "connect_timeout")
      && (!seconds || strcmp (seconds, "none") == 0))
    failed |= add (list, "ConnectTimeout", CONNECT_TIMEOUT) < 0;
  else if (only && seconds)
    failed |= add (list, "ConnectTimeout", seconds) < 0;
  failed |= overrule (list, text) < 0;
  if (only)
    failed |= only_key (list, text, program, file) < 0;
  if (failed)
    return azml__error_no_memory (err);
  *ret = azml_steal (&list);
  return 0;
}

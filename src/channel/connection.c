/* connection.c: dispatch to the kind of connection; the connection to this machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "channel/connection-private.h"
#include "channel/ssh-word.h"
#include "core/json.h"

typedef struct local_connection
{
  azml__connection base;
  char **argv; /* NULL: a line is executed by sh */
} local_connection;

static int
local_execute (azml__connection *connection, const char *line, azml__channel **ret,
               azml_error **err)
{
  local_connection *local = (local_connection *)connection;
  char *shell[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };
  if (!local->argv && !line)
    return azml__error (err, AZML_E_INVALID, "there is nothing to execute");
  return azml__channel_local (local->argv ? local->argv : shell, ret, err);
}

static void
local_free (azml__connection *connection)
{
  azml__strings_free (((local_connection *)connection)->argv);
  free (connection);
}

static const struct azml__connection_ops local_ops = {
  .kind = "local",
  .execute = local_execute,
  .free = local_free,
};

static int
local_open (const json_t *description, azml__connection **ret, azml_error **err)
{
  const json_t *argv = json_object_get (description, "argv");
  AZML_AUTO_STRINGS texts = NULL;
  int rc =
      argv ? azml__json_strings (argv, "argv of a connection", &texts, err) : 0;
  if (rc < 0)
    return rc;
  if (texts && !texts[0])
    return azml__error (err, AZML_E_INVALID, "argv of a connection is empty");
  local_connection *local = calloc (1, sizeof *local);
  if (!local)
    return azml__error_no_memory (err);
  azml__connection_init (&local->base, &local_ops, NULL, NULL);
  local->argv = azml_steal (&texts);
  *ret = &local->base;
  return 0;
}

/* 1 if the ssh command is to be used rather than libssh.  */
static int
command_wanted (const json_t *description)
{
  const char *door = azml__json_string (description, "door");
  const char *wish = getenv ("AZML_SSH");
  if (wish && *wish)
    return strcmp (wish, "libssh") != 0;
  return door && strcmp (door, "openssh") == 0;
}

/* The address may be from a file of the project, and a ProxyCommand gives it to a shell.  */
static int
check_address (const json_t *description, azml_error **err)
{
  const char *address = azml__json_string (description, "address");
  const char *username = azml__json_string (description, "username");
  char *user, *host, *port;
  if (!address)
    return azml__error (err, AZML_E_INVALID,
                        "a connection by ssh needs an address");
  AZML_AUTO_FREE char *copy = strdup (address);
  if (!copy)
    return azml__error_no_memory (err);
  azml__ssh_destination (copy, &user, &host, &port);
  if (azml__ssh_is_host (host) && (!user || azml__ssh_is_user (user))
      && (!port || azml__ssh_is_port (port)))
    return !username || azml__ssh_is_user (username)
               ? 0
               : azml__error (err, AZML_E_INVALID, "'%s' cannot be a user's name",
                              username);
  int rc = azml__error (err, AZML_E_INVALID, "'%s' cannot be an address", address);
  azml__error_hint (err, "a name, an address, or a Host of ~/.ssh/config; also "
                         "USER@HOST, or ssh://USER@HOST:PORT");
  return rc;
}

int
azml__connection_open_noted (const json_t *description,
                             azml__connection_notice *notice, void *data,
                             azml_cancel *cancel, azml__connection **ret,
                             azml_error **err)
{
  const char *kind = azml__json_string (description, "kind");
  if (kind && strcmp (kind, "local") == 0)
    return local_open (description, ret, err);
  if (!kind || strcmp (kind, "ssh") != 0)
    return azml__error (err, AZML_E_INVALID, "no kind of connection: '%s'",
                        kind ? kind : "");
  int rc = check_address (description, err);
  if (rc < 0)
    return rc;
  return command_wanted (description)
             ? azml__ssh_command_open (description, notice, data, cancel, ret, err)
             : azml__ssh_load_open (description, notice, data, cancel, ret, err);
}

int
azml__connection_open (const json_t *description, azml_cancel *cancel,
                       azml__connection **ret, azml_error **err)
{
  return azml__connection_open_noted (description, NULL, NULL, cancel, ret, err);
}

int
azml__connection_execute (azml__connection *connection, const char *line,
                          azml__channel **ret, azml_error **err)
{
  return connection->ops->execute (connection, line, ret, err);
}

int
azml__connection_run (azml__connection *connection, const char *line,
                      const void *input, size_t n, azml_cancel *cancel,
                      azml__buffer *output, azml__buffer *complaint,
                      int *ret_status, azml_error **err)
{
  AZML_AUTO (azml__channel) channel = NULL;
  int rc = azml__connection_execute (connection, line, &channel, err);
  return rc < 0 ? rc
                : azml__channel_run (channel, input, n, cancel, output, complaint,
                                     ret_status, err);
}

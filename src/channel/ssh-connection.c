/* ssh-connection.c: the libssh door: one session, programs executed over it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "channel/ssh-channel.h"
#include "channel/ssh-config-read.h"
#include "channel/ssh-line.h"
#include "channel/ssh-login.h"
#include "channel/ssh-module.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/json.h"

#define PATIENCE_S 120 /* with a machine at which too many log in */

typedef struct ssh_connection
{
  azml__connection base;
  azml__ssh *ssh;
} ssh_connection;

static int
ssh_execute (azml__connection *connection, const char *line, azml__channel **ret,
             azml_error **err)
{
  AZML_AUTO_FREE char *text = NULL;
  if (!line)
    return azml__error (err, AZML_E_INVALID, "there is nothing to execute");
  int rc = azml__ssh_line (line, &text, err);
  return rc < 0 ? rc
                : azml__ssh_channel_open (connection,
                                          ((ssh_connection *)connection)->ssh, text,
                                          ret, err);
}

static void
ssh_connection_free (azml__connection *connection)
{
  azml__ssh_free (((ssh_connection *)connection)->ssh);
  free (connection);
}

static const struct azml__connection_ops ssh_connection_ops = {
  .kind = "ssh",
  .execute = ssh_execute,
  .free = ssh_connection_free,
};

/* One attempt.  */
static int
attempt (const json_t *description, const azml__ssh_how *how, azml__ssh **ret,
         azml__ssh_reason *ret_reason, azml_error **err)
{
  azml__ssh_config *config = NULL;
  *ret_reason = AZML__SSH_NONE;
  int rc = azml__ssh_config_read (azml__json_string (description, "address"),
                                  azml__json_string (description, "username"),
                                  (int)azml__json_integer (description, "port", 0),
                                  azml__json_string (description, "identity_file"),
                                  how->file, &config, err);
  return rc < 0 ? rc : azml__ssh_log_in (config, how, ret, ret_reason, err);
}

/* Log in; as long as the machine refuses because too many do, try again.  */
static int
log_in (ssh_connection *ssh, const json_t *description, azml_cancel *cancel,
        azml_error **err)
{
  azml__ssh_how how = {
    .file = azml__json_string (description, "config"),
    .host_keys = azml__json_string (description, "host_keys"),
    .password_file = azml__json_string (description, "password_file"),
    .password_command = azml__json_string (description, "password_command"),
    .connect_timeout = (int)azml__json_integer (description, "connect_timeout", 0),
    .only_key = json_is_true (json_object_get (description, "only_key")),
    .cancel = cancel,
  };
  int64_t patience =
      1000 * (int64_t)azml__json_integer (description, "patience", PATIENCE_S);
  int64_t give_up = azml__clock_boot_ms () + patience;
  for (int i = 0;; i++)
    {
      int n;
      azml__ssh_reason reason;
      AZML_AUTO (azml_error) failure = NULL;
      int rc = attempt (description, &how, &ssh->ssh, &reason, &failure);
      int pause = azml__ssh_pause_ms (i);
      if (rc == 0)
        return 0;
      if (reason != AZML__SSH_BUSY || azml__clock_boot_ms () + pause > give_up)
        {
          azml__error_move (err, &failure);
          return rc;
        }
      azml__connection_tell (&ssh->base, "%s; next attempt in %.1f s",
                             azml_error_message (failure), pause / 1000.0);
      rc = azml__cancel_poll (cancel, NULL, 0, pause, &n, err);
      if (rc < 0)
        return rc;
    }
}

static int
ssh_open (const json_t *description, azml__connection_notice *notice, void *data,
          azml_cancel *cancel, azml__connection **ret, azml_error **err)
{
  AZML_AUTO (azml__connection) made = NULL;
  ssh_connection *ssh = calloc (1, sizeof *ssh);
  if (!ssh)
    return azml__error_no_memory (err);
  azml__connection_init (&ssh->base, &ssh_connection_ops, notice, data);
  made = &ssh->base;
  int rc = log_in (ssh, description, cancel, err);
  if (rc == 0)
    *ret = azml_steal (&made);
  return rc;
}

extern AZML_API const struct azml__ssh_module azml_ssh_module;
const struct azml__ssh_module azml_ssh_module = { .version = PACKAGE_VERSION,
                                                  .open = ssh_open };

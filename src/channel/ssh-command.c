/* ssh-command.c: the openssh door: the ssh command in place of a library.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For ControlMaster, certificates, hardware keys and second factors: all that the
   user's ssh can do.  Each program is a process of its own.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "channel/connection-private.h"
#include "channel/ssh-command-channel.h"
#include "channel/ssh-command-config.h"
#include "channel/ssh-line.h"
#include "channel/ssh-word.h"
#include "core/cancel.h"
#include "core/json.h"
#include "core/path.h"
#include "core/terminal.h"

#define PATIENCE_S 120

typedef struct command_connection
{
  azml__connection base;
  char *address;
  char **argv; /* up to and with the address */
  int patience_ms;
} command_connection;

/* A vector of texts that grows, NULL-terminated.  */
typedef struct word_list
{
  char **words;
  size_t n;
  int failed;
} word_list;

static void
add_word (word_list *words, const char *text)
{
  char **more = realloc (words->words, (words->n + 2) * sizeof *more);
  char *copy = strdup (text);
  if (more)
    words->words = more;
  if (!more || !copy)
    {
      free (copy);
      words->failed = 1;
      return;
    }
  more[words->n++] = copy;
  more[words->n] = NULL;
}

static void
add_option (word_list *words, const char *option, const char *value)
{
  if (!value)
    return;
  add_word (words, option);
  add_word (words, value);
}

static void
add_setting (word_list *words, const char *name, const char *value)
{
  AZML_AUTO_FREE char *text = NULL;
  if (!value)
    return;
  if (asprintf (&text, "-o%s=%s", name, value) < 0)
    {
      text = NULL;
      words->failed = 1;
      return;
    }
  add_word (words, text);
}

static const char *
number_text (const json_t *description, const char *key, char text[24])
{
  json_int_t n = azml__json_integer (description, key, -1);
  if (n < 0)
    return NULL;
  snprintf (text, 24, "%lld", (long long)n);
  return text;
}

/* What the description says of host keys, as ssh says it.  */
static const char *
host_key_setting (const json_t *description)
{
  const char *wish = azml__json_string (description, "host_keys");
  if (!wish)
    return NULL;
  return strcmp (wish, "strict") == 0 ? "yes" : wish;
}

/* The words of the command.  The terminal's interrupt is for us to handle: ssh leaves
   a signal alone that is ignored when it starts.  */
static void
compose (word_list *words, const char *program, const json_t *description,
         const char *file, const json_t *settings)
{
  char port[24], seconds[24];
  size_t i;
  json_t *setting;
  int only = json_is_true (json_object_get (description, "only_key"));
  add_word (words, "sh");
  add_word (words, "-c");
  add_word (words, "trap '' INT QUIT; exec \"$0\" \"$@\"");
  add_word (words, program); /* word AZML__SSH_COMMAND_PROGRAM */
  add_word (words, "-T");
  add_word (words, "-x");
  add_option (words, "-F", only ? "none" : file);
  add_option (words, "-l", azml__json_string (description, "username"));
  add_option (words, "-p", number_text (description, "port", port));
  add_option (words, "-i", azml__json_string (description, "identity_file"));
  if (azml__json_string (description, "identity_file"))
    add_setting (words, "IdentitiesOnly", "yes");
  add_setting (words, "StrictHostKeyChecking", host_key_setting (description));
  add_setting (words, "ConnectTimeout",
               number_text (description, "connect_timeout", seconds));
  json_array_foreach (settings, i, setting)
      add_word (words, json_string_value (setting));
  add_setting (words, "ClearAllForwardings", "yes");
  add_setting (words, "RemoteCommand", "none");
  add_setting (words, "EscapeChar", "none");
  if (!azml__terminal_present ())
    add_setting (words, "BatchMode", "yes");
  add_word (words, "--");
  add_word (words, azml__json_string (description, "address"));
}

static int
command_execute (azml__connection *connection, const char *line,
                 azml__channel **ret, azml_error **err)
{
  command_connection *command = (command_connection *)connection;
  AZML_AUTO_FREE char *text = NULL;
  AZML_AUTO_STRINGS argv = NULL;
  word_list all = { 0 };
  if (!line)
    return azml__error (err, AZML_E_INVALID, "there is nothing to execute");
  int rc = azml__ssh_line (line, &text, err);
  if (rc < 0)
    return rc;
  for (char **word = command->argv; *word; word++)
    add_word (&all, *word);
  add_word (&all, text);
  argv = all.words;
  if (all.failed)
    return azml__error_no_memory (err);
  return azml__ssh_command_channel (connection, azml_steal (&argv),
                                    command->address, command->patience_ms, ret,
                                    err);
}

static void
command_free (azml__connection *connection)
{
  command_connection *command = (command_connection *)connection;
  azml__strings_free (command->argv);
  free (command->address);
  free (command);
}

static const struct azml__connection_ops command_ops = {
  .kind = "ssh",
  .execute = command_execute,
  .free = command_free,
};

/* The ssh command that is wished for, or the one on PATH.  */
static const char *
program_name (void)
{
  const char *wish = getenv ("AZML_SSH");
  return wish && *wish && strcmp (wish, "libssh") != 0 ? wish : "ssh";
}

/* DESCRIPTION as ssh understands it (new): not every one takes the brackets of
   ssh://user@[::1]:22.  */
static json_t *
without_brackets (const json_t *description)
{
  json_t *copy = json_copy ((json_t *)description);
  const char *address = azml__json_string (description, "address");
  AZML_AUTO_FREE char *text = NULL;
  char *user, *host, *port;
  if (!copy || !address || strncmp (address, "ssh://", 6) != 0
      || !strchr (address, '['))
    return copy;
  text = strdup (address);
  if (!text)
    {
      json_decref (copy);
      return NULL;
    }
  azml__ssh_destination (text, &user, &host, &port);
  json_object_set_new (copy, "address", json_string (host));
  if (user && !json_object_get (copy, "username"))
    json_object_set_new (copy, "username", json_string (user));
  if (port && !json_object_get (copy, "port"))
    json_object_set_new (copy, "port", json_integer (atoi (port)));
  return copy;
}

int
azml__ssh_command_open (const json_t *asked, azml__connection_notice *notice,
                        void *data, azml_cancel *cancel, azml__connection **ret,
                        azml_error **err)
{
  const char *name = program_name ();
  AZML_AUTO_FREE char *program = azml__path_program (name, NULL);
  AZML_AUTO (json_t) description = without_brackets (asked);
  int rc = azml__cancel_check (cancel, err);
  if (rc < 0)
    return rc;
  if (!description)
    return azml__error_no_memory (err);
  if (!program)
    {
      rc = azml__error (err, AZML_E_NOT_FOUND, "no program '%s' on PATH", name);
      azml__error_hint (err, "install openssh-client");
      return rc;
    }
  if (json_object_get (description, "password_file")
      || json_object_get (description, "password_command"))
    {
      rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the ssh command takes a password only from a terminal");
      azml__error_hint (err, "do not ask for it (AZML_SSH, ssh=openssh), or let "
                             "computetarget update NAME -k make a key");
      return rc;
    }
  AZML_AUTO_FREE char *mine = NULL;
  AZML_AUTO (json_t) settings = NULL;
  const char *file = azml__ssh_command_file (description, &mine);
  rc = azml__ssh_command_settings (program, description, file, cancel, &settings,
                                   err);
  if (rc < 0)
    return rc;
  AZML_AUTO (azml__connection) made = NULL;
  command_connection *command = calloc (1, sizeof *command);
  if (!command)
    return azml__error_no_memory (err);
  word_list all = { 0 };
  azml__connection_init (&command->base, &command_ops, notice, data);
  made = &command->base;
  compose (&all, program, description, file, settings);
  command->argv = all.words;
  command->address = strdup (azml__json_string (description, "address"));
  command->patience_ms =
      1000 * (int)azml__json_integer (description, "patience", PATIENCE_S);
  if (all.failed || !command->address)
    return azml__error_no_memory (err);
  *ret = azml_steal (&made);
  return 0;
}

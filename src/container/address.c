/* address.c: how the engine is reached again, for whoever ends a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/address.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "charge/share.h"
#include "container/words.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"

#define WAIT_SECONDS 30
#define HUNG_MS 2000
#define SAID_LIMIT (1 << 20)

/* The words that make a container of the same name which does nothing, see remove.c.  */
static json_t *
words_of_stopgap (const azml__container *container)
{
  azml__words words = AZML__WORDS_INIT;
  json_t *list = json_array ();
  azml__words_add (&words, "create");
  azml__words_add (&words, "--pull=never");
  azml__words_format (&words, "--name=%s", container->name);
  azml__container_labels (container, &words);
  azml__words_add (&words, "--network=none");
  azml__words_add (&words, "--entrypoint=" AZML__CONTAINER_RUNNER);
  azml__words_add (&words, container->image);
  for (size_t i = 0; i < words.count; i++)
    json_array_append_new (list, azml__json_text (words.words[i]));
  azml__words_done (&words);
  return list;
}

int
azml__address_write (const azml__container *container, azml_error **err)
{
  static const char *const names[] = { "PATH",
                                       "HOME",
                                       "DOCKER_HOST",
                                       "DOCKER_CONTEXT",
                                       "DOCKER_CONFIG",
                                       "XDG_RUNTIME_DIR",
                                       "DOCKER_TLS_VERIFY",
                                       "DOCKER_CERT_PATH",
                                       "CONTAINER_HOST" };
  json_t *argv = json_array (), *variables = json_object ();
  AZML_AUTO (json_t)
  json =
      json_pack ("{s:s, s:o, s:o, s:o*}", "name", container->name, "argv", argv,
                 "variables", variables, "stopgap", words_of_stopgap (container));
  if (!json)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < container->engine.words.count; i++)
    json_array_append_new (argv,
                           azml__json_text (container->engine.words.words[i]));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      const char *value =
          azml__variables_get (&container->engine.variables, names[i]);
      if (value)
        json_object_set_new (variables, names[i], azml__json_text (value));
    }
  if (container->since)
    {
      AZML_AUTO_FREE char *share =
          azml__share_folder (container->run.charge, container->run.job);
      json_object_set_new (json, "copied",
                           json_pack ("{s:o, s:o*, s:I}", "path",
                                      azml__json_text (container->run.charge->path),
                                      "share",
                                      share ? azml__json_text (share) : NULL,
                                      "since", (json_int_t)container->since));
    }
  return azml__json_write (container->run.charge->folder, "container/engine.json",
                           json, 0600, 0, err);
}

int
azml__address_read (int folder, azml__command *command, json_t **ret)
{
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO_STRINGS argv = NULL;
  const char *name, *key;
  json_t *value;
  if (azml__json_read (folder, "container/engine.json", &json, NULL) < 0
      || azml__json_strings (json_object_get (json, "argv"), "argv", &argv, NULL)
             < 0
      || !(name = azml__json_string (json, "name"))
      || strncmp (name, "azml-", 5) != 0)
    return 0;
  azml__words_add_all (&command->argv, argv);
  json_object_foreach (json_object_get (json, "variables"), key, value)
  {
    AZML_AUTO_FREE char *text = azml__json_get_bytes (value, NULL);
    if (text)
      azml__variables_set (&command->variables, key, text);
  }
  command->folder = strdup ("/");
  command->output = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  *ret = azml_steal (&json);
  return command->folder && command->argv.count;
}

static int hung; /* it had most of its time for one answer, and gave none */

int
azml__address_patience_ms (void)
{
  int full = azml__engine_patience (WAIT_SECONDS) * 1000;
  return hung && full > HUNG_MS ? HUNG_MS : full;
}

int
azml__address_wait (pid_t pid, int64_t limit_ms)
{
  const struct timespec pause = { 0, 2 * 1000000L };
  int64_t until = azml__clock_boot_ms () + limit_ms;
  int status = 0;
  pid_t got;
  while ((got = waitpid (pid, &status, WNOHANG)) == 0)
    {
      if (azml__clock_boot_ms () >= until)
        {
          kill (-pid, SIGKILL);
          hung |= limit_ms > azml__address_patience_ms () / 2;
          return -1;
        }
      nanosleep (&pause, NULL);
    }
  return got == pid && status == 0;
}

int
azml__address_ask (const azml__command *engine, const char *const *words,
                   int64_t limit_ms, azml__buffer *said)
{
  azml__command command = *engine; /* variables and folder, borrowed */
  AZML_AUTO_CLOSE int fd = memfd_create ("engine", MFD_CLOEXEC);
  struct stat st;
  size_t got = 0;
  pid_t pid;
  int rc = 0;
  command.argv = (azml__words)AZML__WORDS_INIT;
  if (fd >= 0)
    command.output = fd;
  azml__words_add_all (&command.argv, engine->argv.words);
  azml__words_add_all (&command.argv, (char *const *)words);
  if (!command.argv.failed && azml__command_start (&command, &pid, NULL) == 0)
    rc = azml__address_wait (pid, limit_ms);
  azml__words_done (&command.argv);
  size_t n = fd >= 0 && fstat (fd, &st) == 0 && st.st_size < SAID_LIMIT
                 ? (size_t)st.st_size
                 : 0;
  char *room = azml__buffer_room (said, n);
  if (room && azml__file_pread (fd, room, n, 0, &got, NULL) == 0)
    {
      said->length += got;
      said->data[said->length] = '\0';
    }
  return rc;
}

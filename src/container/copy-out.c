/* copy-out.c: what a container leaves, copied back where nothing was mounted.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/copy-out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "container/address.h"
#include "container/archive.h"
#include "core/file.h"
#include "core/path.h"

/* Of the run directory: what the run leaves.  */
static azml__archive_choice
choose_of_run (const char *name)
{
  static const struct
  {
    const char *name;
    azml__archive_choice choice;
  } wanted[] = { { "outputs", AZML__ARCHIVE_TAKE },
                 { "source", AZML__ARCHIVE_CHANGED },
                 { "inner.json", AZML__ARCHIVE_TAKE },
                 { "metrics.jsonl", AZML__ARCHIVE_APPEND },
                 { "container/begun", AZML__ARCHIVE_TAKE } };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    {
      size_t n = strlen (wanted[i].name);
      if (strncmp (name, wanted[i].name, n) == 0 && (!name[n] || name[n] == '/'))
        return wanted[i].choice;
    }
  return AZML__ARCHIVE_SKIP;
}

/* Others may have written there meanwhile.  */
static azml__archive_choice
choose_of_share (const char *name)
{
  (void)name;
  return AZML__ARCHIVE_CHANGED;
}

static int
fetch (const azml__command *engine, const char *name, const char *path,
       const azml__archive_target *target, azml_error **err)
{
  AZML_AUTO_FREE char *from = azml__path_format ("%s:%s", name, path);
  azml__command command = *engine; /* variables and folder, borrowed */
  AZML_AUTO_CLOSE int end = -1;
  int ends[2];
  pid_t pid;
  if (!from)
    return azml__error_no_memory (err);
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  end = ends[0];
  command.argv = (azml__words)AZML__WORDS_INIT;
  command.errors = engine->output;
  command.output = ends[1];
  azml__words_add_all (&command.argv, engine->argv.words);
  azml__words_add (&command.argv, "cp");
  azml__words_add (&command.argv, from);
  azml__words_add (&command.argv, "-");
  int rc = azml__command_start (&command, &pid, err);
  azml__words_done (&command.argv);
  close (ends[1]);
  if (rc < 0)
    return rc;
  rc = azml__archive_take (end, target, err);
  if (rc < 0)
    kill (-pid, SIGKILL); /* it may wait for a reader */
  int well = azml__address_wait (pid, azml__address_patience_ms ());
  return rc == 0 && well <= 0 ? azml__error (
             err, AZML_E_FAILED, "the engine cannot copy '%s' out", path)
                              : rc;
}

/* Wait until the container has ended: what it still writes would be missed.  */
static void
end (const azml__command *engine, const char *name)
{
  static const char *const verbs[] = { "kill", "wait" };
  AZML_AUTO_BUFFER said = AZML__BUFFER_INIT;
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    {
      const char *const words[] = { verbs[i], name, NULL };
      azml__address_ask (engine, words, azml__address_patience_ms (), &said);
    }
}

int
azml__container_bring_back (int folder, json_t *address,
                            const azml__command *engine, azml_error **err)
{
  json_t *copied = json_object_get (address, "copied");
  const char *name = azml__json_string (address, "name");
  AZML_AUTO_FREE char *path =
      azml__json_get_bytes (json_object_get (copied, "path"), NULL);
  AZML_AUTO_FREE char *share =
      azml__json_get_bytes (json_object_get (copied, "share"), NULL);
  azml__archive_target target = { .folder = folder,
                                  .choose = choose_of_run,
                                  .since =
                                      azml__json_integer (copied, "since", 0) };
  if (!path || !name)
    return 0;
  end (engine, name);
  int rc = fetch (engine, name, path, &target, err);
  AZML_AUTO_CLOSE int other =
      share ? open (share, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  target.folder = other;
  target.choose = choose_of_share;
  if (rc == 0 && other >= 0)
    rc = fetch (engine, name, AZML__CONTAINER_SHARE_FOLDER, &target, err);
  /* Once is enough: metrics are appended.  */
  json_object_del (address, "copied");
  azml__json_write (folder, "container/engine.json", address, 0600, 0, NULL);
  return rc;
}

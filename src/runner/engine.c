/* engine.c: the command of a container engine, docker or podman.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Contexts, credentials and BuildKit are matters of that command; there is no client of
   our own.  */

#include <config.h>

#include "runner/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "process/signals.h"
#include "process/tree.h"
#include "runner/runner.h"

#define OUTPUT_LIMIT ((size_t)16 << 20)
#define TAIL ((off_t)64 << 10)

void
azml__engine_done (azml__engine *engine)
{
  azml__words_done (&engine->words);
  azml__words_done (&engine->variables);
}

/* 1 if the daemon that docker talks to is this user's own: its socket says whose it is.
   What another context leads to only the daemon can say; that of Docker's own set-up is
   such a context, too, and named "rootless".  */
static int
is_rootless (const azml__words *variables)
{
  struct stat st;
  const char *host = azml__variables_get (variables, "DOCKER_HOST");
  if (geteuid () == 0)
    return 0;
  if (host && *host)
    return strncmp (host, "unix://", 7) == 0 && stat (host + 7, &st) == 0
           && st.st_uid == geteuid ();
  AZML_AUTO_FREE char *context = azml__engine_context (variables);
  return context && strcmp (context, "rootless") == 0;
}

int
azml__engine_find (azml__engine *engine, const char *name, azml_error **err)
{
  static const char *const names[] = { "docker", "podman" };
  const azml__words *variables = &engine->variables;
  azml__variables_inherit (&engine->variables);
  if (!azml__variables_get (variables, "PATH"))
    azml__variables_set (&engine->variables, "PATH",
                         "/usr/local/bin:/usr/bin:/bin");
  const char *search = azml__variables_get (variables, "PATH");
  for (size_t i = 0; i < 2; i++)
    {
      if (name && strcmp (name, names[i]) != 0)
        continue;
      AZML_AUTO_FREE char *program = azml__path_program (names[i], search);
      if (!program)
        continue;
      azml__words_add (&engine->words, names[i]);
      engine->podman = i == 1;
      engine->rootless = !engine->podman && is_rootless (variables);
      return engine->words.failed ? azml__error_no_memory (err) : 0;
    }
  int rc = azml__error (err, AZML_E_NOT_FOUND, "there is no command '%s'",
                        name ? name : names[0]);
  azml__error_hint (err, "install Docker or Podman on the machine that runs");
  return rc;
}

/* sudo gives the command another HOME and none of our variables.  */
void
azml__engine_raise (azml__engine *engine)
{
  const azml__words *variables = &engine->variables;
  const char *host = azml__variables_get (variables, "DOCKER_HOST");
  const char *config = azml__variables_get (variables, "DOCKER_CONFIG");
  const char *home = azml__variables_get (variables, "HOME");
  struct stat st;
  azml__words words = AZML__WORDS_INIT;
  azml__words_add (&words, "sudo");
  azml__words_add (&words, "-n");
  azml__words_add_all (&words, engine->words.words);
  AZML_AUTO_FREE char *folder = config && *config ? strdup (config)
                                : home ? azml__path_join (home, ".docker")
                                       : NULL;
  if (folder && stat (folder, &st) == 0 && !engine->podman)
    {
      azml__words_add (&words, "--config");
      azml__words_add (&words, folder);
    }
  if (host && *host && !engine->podman)
    {
      azml__words_add (&words, "--host");
      azml__words_add (&words, host);
    }
  azml__words_done (&engine->words);
  engine->words = words;
  engine->sudo = 1;
}

/* Start ENGINE WORDS with INPUT (or -1) and its output to OUTPUT.  */
static int
start (const azml__runner *runner, const azml__engine *engine, char *const *words,
       int input, int output, pid_t *ret_pid, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  command.variables = engine->variables; /* borrowed */
  command.user_umask = 077;
  command.folder = runner->charge->path;
  command.input = input;
  command.output = output;
  azml__words_add_all (&command.argv, engine->words.words);
  azml__words_add_all (&command.argv, words);
  int rc = azml__command_start (&command, ret_pid, err);
  azml__words_done (&command.argv);
  return rc;
}

static void
read_all (int fd, off_t offset, azml__buffer *output)
{
  struct stat st;
  size_t got = 0;
  if (fstat (fd, &st) < 0 || st.st_size <= offset)
    return;
  size_t n = (size_t)(st.st_size - offset);
  if (n > OUTPUT_LIMIT)
    n = OUTPUT_LIMIT;
  char *room = azml__buffer_room (output, n);
  if (room && azml__file_pread (fd, room, n, offset, &got, NULL) == 0)
    {
      output->length += got;
      output->data[output->length] = '\0';
    }
}

/* How many seconds to wait for what usually takes less than USUAL.  */
static int
patience (int usual)
{
  const char *text = getenv ("AZML_ENGINE_TIMEOUT");
  double seconds = text ? strtod (text, NULL) : 0;
  return seconds >= 1 && seconds <= 3600 ? (int)seconds : usual;
}

int
azml__engine_ask (azml__runner *runner, const azml__engine *engine,
                  char *const *words, int seconds, azml__buffer *output,
                  int *ret_status, azml_error **err)
{
  pid_t pid = 0;
  AZML_AUTO_CLOSE int fd = memfd_create ("engine", MFD_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "make a file in memory");
  int rc = start (runner, engine, words, -1, fd, &pid, err);
  if (rc < 0)
    return rc;
  azml__reaped reaped = { .watched = pid };
  seconds = patience (seconds);
  int64_t until = azml__clock_boot_ms () + seconds * 1000;
  for (;;)
    {
      azml__tree_reap (&reaped);
      int64_t left = until - azml__clock_boot_ms ();
      if (reaped.ended)
        break;
      if (azml__runner_is_ending (runner))
        rc = azml__error (err, AZML_E_CANCELLED, "the run is to end");
      else if (left <= 0)
        {
          rc = azml__error (
              err, AZML_E_TIMEOUT,
              "the daemon does not answer: '%s %s' took more than %d s",
              engine->words.words[0], words[0], seconds);
          azml__error_hint (err, "see whether 'docker ps' answers on that machine");
        }
      if (rc < 0)
        {
          kill (-pid, SIGKILL);
          return rc;
        }
      azml__signals_wait ((int)left);
    }
  read_all (fd, 0, output);
  *ret_status = reaped.status;
  return 0;
}

off_t
azml__prepare_log_size (int folder)
{
  struct stat st;
  return fstatat (folder, "prepare.log", &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size
                                                                        : 0;
}

void
azml__prepare_log_read (int folder, off_t offset, azml__buffer *output)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, "prepare.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  off_t size = azml__prepare_log_size (folder);
  if (fd >= 0)
    read_all (fd, size - offset > TAIL ? size - TAIL : offset, output);
}

int
azml__engine_feed (azml__runner *runner, const azml__engine *engine,
                   char *const *words, int input, const char *what,
                   azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  pid_t pid = 0;
  int status = 0, folder = runner->charge->folder;
  off_t before = azml__prepare_log_size (folder);
  AZML_AUTO_CLOSE int log =
      openat (folder, "prepare.log",
              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0)
    return azml__error_os (err, errno, "open 'prepare.log'");
  int rc = start (runner, engine, words, input, log, &pid, err);
  if (rc < 0)
    return rc;
  if (!azml__runner_watch (runner, pid, &status))
    return azml__error (err, AZML_E_CANCELLED, "the run is to end");
  if (status == 0)
    return 0;
  azml__prepare_log_read (folder, before, &text);
  return azml__engine_explain (what, text.data ? text.data : "", err);
}

int
azml__engine_work (azml__runner *runner, const azml__engine *engine,
                   char *const *words, const char *what, azml_error **err)
{
  return azml__engine_feed (runner, engine, words, -1, what, err);
}

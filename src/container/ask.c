/* ask.c: the engine of a container, asked and put to work.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "container/engine-explain.h"
#include "core/clock.h"
#include "core/file.h"
#include "process/signals.h"
#include "process/tree.h"

#define OUTPUT_LIMIT ((size_t)16 << 20)
#define TAIL ((off_t)64 << 10)

/* Start the engine with WORDS, INPUT (or -1) and its output to OUTPUT.  */
static int
start (const azml__container *container, char *const *words, int input, int output,
       pid_t *ret_pid, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  command.variables = container->engine.variables; /* borrowed */
  command.user_umask = 077;
  command.folder = container->run.charge->path;
  command.input = input;
  command.output = output;
  azml__words_add_all (&command.argv, container->engine.words.words);
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

int
azml__container_ask (const azml__container *container, char *const *words,
                     int seconds, azml__buffer *output, int *ret_status,
                     azml_error **err)
{
  pid_t pid = 0;
  AZML_AUTO_CLOSE int fd = memfd_create ("engine", MFD_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "make a file in memory");
  int rc = start (container, words, -1, fd, &pid, err);
  if (rc < 0)
    return rc;
  azml__reaped reaped = { .watched = pid };
  seconds = azml__engine_patience (seconds);
  int64_t until = azml__clock_boot_ms () + seconds * 1000;
  for (;;)
    {
      azml__tree_reap (&reaped);
      int64_t left = until - azml__clock_boot_ms ();
      if (reaped.ended)
        break;
      if (azml__container_is_ending (container))
        rc = azml__error (err, AZML_E_CANCELLED, "the run is to end");
      else if (left <= 0)
        {
          rc = azml__error (
              err, AZML_E_TIMEOUT,
              "the daemon does not answer: '%s %s' took more than %d s",
              container->engine.words.words[0], words[0], seconds);
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
azml__container_feed (const azml__container *container, char *const *words,
                      int input, const char *what, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  pid_t pid = 0;
  int status = 0, folder = container->run.charge->folder;
  off_t before = azml__prepare_log_size (folder);
  AZML_AUTO_CLOSE int log =
      openat (folder, "prepare.log",
              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0)
    return azml__error_os (err, errno, "open 'prepare.log'");
  int rc = start (container, words, input, log, &pid, err);
  if (rc < 0)
    return rc;
  if (!container->run.calls->watch (container->run.runner, pid, &status))
    return azml__error (err, AZML_E_CANCELLED, "the run is to end");
  if (status == 0)
    return 0;
  azml__prepare_log_read (folder, before, &text);
  return azml__engine_explain (what, text.data ? text.data : "", err);
}

int
azml__container_work (const azml__container *container, char *const *words,
                      const char *what, azml_error **err)
{
  return azml__container_feed (container, words, -1, what, err);
}

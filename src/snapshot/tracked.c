/* tracked.c: the files that git tracks.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/tracked.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cancel.h"
#include "core/spawn.h"

#define NAMES_LIMIT ((size_t)1 << 30)

void
azml__tracked_done (azml__tracked *tracked)
{
  free (tracked->text);
  free (tracked->names);
  *tracked = (azml__tracked)AZML__TRACKED_INIT;
}

/* Read FD to its end.  */
static int
read_all (int fd, azml_cancel *cancel, azml__buffer *text, azml_error **err)
{
  char data[65536];
  for (;;)
    {
      struct pollfd poll = { .fd = fd, .events = POLLIN };
      int ready;
      int rc = azml__cancel_poll (cancel, &poll, 1, -1, &ready, err);
      if (rc < 0)
        return rc;
      ssize_t n = read (fd, data, sizeof data);
      if (n == 0)
        return azml__buffer_ok (text) ? 0 : azml__error_no_memory (err);
      if (n < 0 && errno != EINTR)
        return azml__error_os (err, errno, "read what git says");
      if (n > 0)
        azml__buffer_add (text, data, (size_t)n);
      if (text->length > NAMES_LIMIT)
        return azml__error (err, AZML_E_TOO_LARGE, "git tracks too many files");
    }
}

static int
ask_git (const char *source, azml_cancel *cancel, azml__buffer *text,
         azml_error **err)
{
  char *argv[] = { "git", "ls-files", "-z", NULL };
  AZML_AUTO_CLOSE int from = -1;
  AZML_AUTO_CLOSE int to = -1;
  int ends[2], status;
  pid_t pid;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  from = ends[0];
  to = ends[1];
  azml__spawn spawn = {
    .program = "git", .argv = argv, .folder = source, .fds = { -1, to, -1 }
  };
  int rc = azml__spawn_start (&spawn, &pid, err);
  if (rc < 0)
    return rc;
  close (azml__steal_fd (&to));
  rc = read_all (from, cancel, text, err);
  if (rc < 0)
    kill (pid, SIGKILL);
  int waited = azml__spawn_wait (pid, &status, rc < 0 ? NULL : err);
  if (rc == 0)
    rc = waited;
  if (rc == 0 && azml__spawn_exit_code (status) != 0)
    rc =
        azml__error (err, AZML_E_NOT_FOUND, "'%s' is in no git repository", source);
  return rc;
}

static int
is_ours (const char *name)
{
  return strncmp (name, ".azml/", 6) == 0 || strncmp (name, "outputs/", 8) == 0;
}

int
azml__tracked_list (const char *source, azml_cancel *cancel, azml__tracked *ret,
                    azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int rc = ask_git (source, cancel, &text, err);
  if (rc < 0)
    return rc;
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++)
    count += text.data[i] == '\0';
  AZML_CLEANUP (azml__tracked_done) azml__tracked made = AZML__TRACKED_INIT;
  made.names = calloc (count + 1, sizeof *made.names);
  size_t length = text.length;
  made.text = azml__buffer_steal (&text);
  if (!made.names || (length && !made.text))
    return azml__error_no_memory (err);
  for (size_t at = 0; at < length; at += strlen (made.text + at) + 1)
    if (!is_ours (made.text + at))
      made.names[made.count++] = made.text + at;
  *ret = made;
  made = (azml__tracked)AZML__TRACKED_INIT;
  return 0;
}

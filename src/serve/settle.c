/* settle.c: runs of which nobody is in charge, ended in a process of their own.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A container engine may take its time, and one that hangs takes all that it is given: the
   others must not wait for that.  This program's verb does it; that it is at work is seen in
   the lock of the run.  It dies with us: whoever looks next begins again.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/path.h"
#include "process/command.h"
#include "serve/private.h"

#define FAILURE "azml-runner: " /* how the verb begins when it cannot */

static int
make_command (const azml__layout *layout, const json_t *ids, azml__command *command,
              azml_error **err)
{
  azml__words *argv = &command->argv;
  azml__words_add (argv, "/proc/self/exe");
  azml__words_add (argv, "settle");
  azml__words_format (argv, "--root=%s", layout->root);
  azml__words_format (argv, "--runs=%s", layout->runs);
  azml__words_format (argv, "--objects=%s", layout->objects);
  for (size_t i = 0; i < json_array_size (ids); i++)
    azml__words_add (argv, json_string_value (json_array_get (ids, i)));
  azml__variables_inherit (&command->variables);
  command->folder = strdup ("/");
  return command->folder ? 0 : azml__error_no_memory (err);
}

int
azml__serve_settle (azml__request *request, const json_t *ids, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  int ends[2];
  pid_t pid;
  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return azml__error_os (err, errno, "make a pipe");
  command.output = ends[1];
  int rc = make_command (&request->serve->layout, ids, &command, err);
  if (rc == 0)
    rc = azml__command_start (&command, &pid, err);
  azml__command_done (&command);
  if (rc == 0)
    rc = azml__serve_adopt (request->serve, pid, "", err);
  if (rc < 0)
    {
      close (ends[0]);
      return rc;
    }
  request->fds[0] = ends[0];
  request->awake = 0;
  return 0;
}

int
azml__serve_settles (azml__request *request, azml_error **err)
{
  char text[4096];
  ssize_t n;
  if (request->fds[0] < 0)
    return 0;
  request->awake = 0;
  while ((n = read (request->fds[0], text, sizeof text - 1)) > 0)
    {
      text[n] = '\0';
      char *failure = strstr (text, FAILURE);
      if (!failure || !err)
        continue; /* the others are still ended */
      failure[strcspn (failure, "\n")] = '\0';
      close (azml__steal_fd (&request->fds[0]));
      return azml__error (err, AZML_E_FAILED, "%s", failure + strlen (FAILURE));
    }
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 1;
  close (azml__steal_fd (&request->fds[0]));
  request->awake = 1;
  return 0;
}

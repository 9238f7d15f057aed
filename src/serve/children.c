/* children.c: the keepers that `azml-runner serve` started.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   They outlive us if the client goes; while we live we are their parent and must not
   leave zombies.  A pidfd in the poll loop tells of an end without a signal, whose
   handler or mask the keepers would inherit.  */

#include <config.h>

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/private.h"

int
azml__serve_adopt (azml__serve_state *serve, pid_t pid, azml_error **err)
{
  size_t n = serve->n_children + 1;
  pid_t *children = realloc (serve->children, n * sizeof *children);
  if (!children)
    return azml__error_no_memory (err);
  serve->children = children;
  int *fds = realloc (serve->child_fds, n * sizeof *fds);
  if (!fds)
    return azml__error_no_memory (err);
  serve->child_fds = fds;
  children[n - 1] = pid;
  fds[n - 1] = (int)syscall (SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
  serve->n_children = n;
  return 0;
}

void
azml__children_reap (azml__serve_state *serve)
{
  for (size_t i = 0; i < serve->n_children;)
    {
      int status;
      pid_t pid = waitpid (serve->children[i], &status, WNOHANG);
      if (pid == 0 || (pid < 0 && errno == EINTR))
        {
          i++;
          continue;
        }
      if (serve->child_fds[i] >= 0)
        close (serve->child_fds[i]);
      serve->n_children--;
      serve->children[i] = serve->children[serve->n_children];
      serve->child_fds[i] = serve->child_fds[serve->n_children];
    }
}

/* children.c: the keepers that `azml-runner serve` started.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   They outlive us if the client goes; while we live we are their parent and must not
   leave zombies.  A pidfd in the poll loop tells of an end without a signal, whose
   handler or mask the keepers would inherit.  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/private.h"

int
azml__serve_adopt (azml__serve_state *serve, pid_t pid, const char *id,
                   azml_error **err)
{
  size_t n = serve->n_children + 1;
  azml__child *children = realloc (serve->children, n * sizeof *children);
  if (!children)
    return azml__error_no_memory (err);
  serve->children = children;
  azml__child *child = &children[n - 1];
  *child = (azml__child){ .pid = pid };
  child->fd = (int)syscall (SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
  strcpy (child->id, id);
  serve->n_children = n;
  return 0;
}

static void
set_at_work (azml__serve_state *serve, const char *id, int at_work)
{
  for (size_t i = 0; i < serve->n_children; i++)
    if (strcmp (serve->children[i].id, id) == 0)
      serve->children[i].at_work = at_work;
}

void
azml__serve_take_place (azml__serve_state *serve, const char *id)
{
  set_at_work (serve, id, 1);
}

void
azml__serve_leave_place (azml__serve_state *serve, const char *id)
{
  set_at_work (serve, id, 0);
}

static int
has_place (const azml__serve_state *serve, const char *id)
{
  for (size_t i = 0; i < serve->n_children; i++)
    if (serve->children[i].at_work && strcmp (serve->children[i].id, id) == 0)
      return 1;
  return 0;
}

int
azml__serve_places_taken (const azml__serve_state *serve)
{
  int taken = 0;
  for (size_t i = 0; i < serve->n_children; i++)
    taken += serve->children[i].at_work;
  /* One whose keeper is not ours was started by a `serve` that died; it is at work all the
     same.  */
  for (const azml__request *request = serve->requests; request;
       request = request->next)
    {
      const char *id = azml__follow_until_over (request);
      taken += id && !has_place (serve, id);
    }
  return taken;
}

void
azml__children_reap (azml__serve_state *serve)
{
  for (size_t i = 0; i < serve->n_children;)
    {
      int status;
      azml__child *child = &serve->children[i];
      pid_t pid = waitpid (child->pid, &status, WNOHANG);
      if (pid == 0 || (pid < 0 && errno == EINTR))
        {
          i++;
          continue;
        }
      if (child->fd >= 0)
        close (child->fd);
      if (child->at_work)
        azml__serve_wake (serve);
      *child = serve->children[--serve->n_children];
    }
}

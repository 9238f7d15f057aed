/* cancel.c: a flag and a pipe that end blocking calls.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>

#include "core/clock.h"
#include "core/error.h"

struct azml_cancel
{
  atomic_int references;
  atomic_int set;
  int pipe[2];
};

int
azml_cancel_new (azml_cancel **ret, azml_error **err)
{
  azml_cancel *cancel = calloc (1, sizeof *cancel);
  if (!cancel)
    return azml__error_no_memory (err);
  if (pipe2 (cancel->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
    {
      int rc = azml__error_os (err, errno, "make a pipe");
      free (cancel);
      return rc;
    }
  atomic_init (&cancel->references, 1);
  atomic_init (&cancel->set, 0);
  *ret = cancel;
  return 0;
}

azml_cancel *
azml_cancel_ref (azml_cancel *cancel)
{
  if (cancel)
    atomic_fetch_add (&cancel->references, 1);
  return cancel;
}

void
azml_cancel_unref (azml_cancel *cancel)
{
  if (!cancel || atomic_fetch_sub (&cancel->references, 1) != 1)
    return;
  close (cancel->pipe[0]);
  close (cancel->pipe[1]);
  free (cancel);
}

void
azml_cancel_set (azml_cancel *cancel)
{
  if (!cancel || atomic_exchange (&cancel->set, 1))
    return;
  int saved = errno; /* this may run in a signal handler */
  ssize_t n = write (cancel->pipe[1], "x", 1);
  (void)n; /* the pipe holds one byte at most, so it is never full */
  errno = saved;
}

void
azml_cancel_clear (azml_cancel *cancel)
{
  char byte;
  if (!cancel)
    return;
  while (read (cancel->pipe[0], &byte, 1) > 0)
    continue;
  atomic_store (&cancel->set, 0);
}

int
azml_cancel_is_set (const azml_cancel *cancel)
{
  return cancel ? atomic_load (&cancel->set) : 0;
}

int
azml_cancel_fd (const azml_cancel *cancel)
{
  return cancel ? cancel->pipe[0] : -1;
}

int
azml__cancel_check (azml_cancel *cancel, azml_error **err)
{
  return azml_cancel_is_set (cancel)
             ? azml__error (err, AZML_E_CANCELLED, "cancelled")
             : 0;
}

int
azml__cancel_poll (azml_cancel *cancel, struct pollfd *fds, nfds_t n,
                   int timeout_ms, int *ret_ready, azml_error **err)
{
  struct pollfd all[16];
  int64_t end = timeout_ms < 0 ? -1 : azml__clock_boot_ms () + timeout_ms;
  if (n > 15)
    return azml__error (err, AZML_E_INVALID, "too many descriptors to wait for");
  for (nfds_t i = 0; i < n; i++)
    all[i] = fds[i];
  all[n] = (struct pollfd){ .fd = azml_cancel_fd (cancel), .events = POLLIN };
  for (;;)
    {
      int rc = azml__cancel_check (cancel, err);
      if (rc < 0)
        return rc;
      int64_t left = end < 0 ? -1 : end - azml__clock_boot_ms ();
      int ready = poll (all, n + 1, end < 0 ? -1 : left > 0 ? (int)left : 0);
      if (ready < 0 && errno != EINTR)
        return azml__error_os (err, errno, "poll");
      if (ready >= 0 && !(all[n].revents & POLLIN))
        {
          for (nfds_t i = 0; i < n; i++)
            fds[i].revents = all[i].revents;
          *ret_ready = ready;
          return 0;
        }
    }
}

/* signals.c: the signals that keeper and runner live by.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/signals.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "process/rest.h"

#define REST_MS 400

azml__signals azml__signals_seen;

static azml_cancel *token;

static const int used[] = { SIGCHLD, SIGTERM,           SIGINT,
                            SIGHUP,  AZML__SIGNAL_LOOK, AZML__SIGNAL_ORPHAN };

static void
note (int signal)
{
  switch (signal)
    {
    case SIGCHLD:
      return;
    case AZML__SIGNAL_LOOK:
      azml__signals_seen.look = 1;
      break;
    case AZML__SIGNAL_ORPHAN:
      azml__signals_seen.orphan = 1;
      break;
    default:
      azml__signals_seen.stop = signal;
      azml__signals_seen.stops++;
    }
  azml_cancel_set (token);
}

static void
fill (sigset_t *set)
{
  sigemptyset (set);
  for (size_t i = 0; i < sizeof used / sizeof *used; i++)
    sigaddset (set, used[i]);
}

void
azml__signals_block (sigset_t *saved)
{
  sigset_t set;
  fill (&set);
  sigprocmask (SIG_BLOCK, &set, saved);
}

void
azml__signals_install (azml_cancel *cancel)
{
  static int installed; /* by the keeper, from which the runner is forked */
  struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
  sigset_t set;
  fill (&set);
  sigprocmask (SIG_SETMASK, &set, NULL);
  action.sa_mask = set;
  token = cancel;
  if (installed)
    return;
  installed = 1;
  for (size_t i = 0; i < sizeof used / sizeof *used; i++)
    sigaction (used[i], &action, NULL);
  signal (SIGPIPE, SIG_IGN);
}

void
azml__signals_wait (int timeout_ms)
{
  struct timespec timeout = { timeout_ms / 1000, (timeout_ms % 1000) * 1000000L };
  sigset_t none;
  sigemptyset (&none);
  if (timeout_ms >= 0 && timeout_ms < REST_MS)
    {
      ppoll (NULL, 0, &timeout, &none);
      return;
    }
  /* Who waits for long rests, unless it is over soon.  */
  struct timespec soon = { 0, 100 * 1000000L };
  if (timeout_ms < 0 && ppoll (NULL, 0, &soon, &none) != 0)
    return;
  azml__rest (timeout_ms < 0 ? NULL : &timeout);
}

void
azml__signals_poll (struct pollfd *fds, nfds_t n, int timeout_ms)
{
  struct timespec timeout = { timeout_ms / 1000, (timeout_ms % 1000) * 1000000L };
  sigset_t none;
  sigemptyset (&none);
  ppoll (fds, n, timeout_ms < 0 ? NULL : &timeout, &none);
}

void
azml__signals_open (void)
{
  sigset_t set;
  fill (&set);
  sigdelset (&set, SIGCHLD);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
}

void
azml__signals_shut (void)
{
  azml__signals_block (NULL);
}

/* What is not at its default, if that is known: else each command costs sixty system calls
   that change nothing.  */
static sigset_t changed;
static int changed_known;

void
azml__signals_learn (void)
{
  struct sigaction action;
  sigemptyset (&changed);
  for (int i = 1; i < NSIG; i++)
    if (sigaction (i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
      sigaddset (&changed, i);
  for (size_t i = 0; i < sizeof used / sizeof *used; i++)
    sigaddset (&changed, used[i]);
  sigaddset (&changed, SIGPIPE);
  changed_known = 1;
}

void
azml__signals_reset (void)
{
  sigset_t none;
  for (int i = 1; i < NSIG; i++)
    if (i != SIGKILL && i != SIGSTOP
        && (!changed_known || sigismember (&changed, i)))
      signal (i, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

static const struct
{
  const char *name;
  int number;
} names[] = { { "TERM", SIGTERM }, { "KILL", SIGKILL }, { "INT", SIGINT },
              { "HUP", SIGHUP },   { "QUIT", SIGQUIT }, { "USR1", SIGUSR1 },
              { "USR2", SIGUSR2 }, { "ABRT", SIGABRT }, { "ALRM", SIGALRM } };

int
azml__signal_parse (const char *name)
{
  char *end;
  long number = strtol (name, &end, 10);
  if (*name && !*end)
    return number > 0 && number < NSIG ? (int)number : 0;
  if (strncmp (name, "SIG", 3) == 0)
    name += 3;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp (names[i].name, name) == 0)
      return names[i].number;
  return 0;
}

const char *
azml__signal_name (int number)
{
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].number == number)
      return names[i].name;
  return NULL;
}

/* signals.h: the signals that keeper and runner live by.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   All of them stay blocked except where the process waits, or works on something
   long that the cancel token ends.  The handlers only take notes.  */

#ifndef AZML_PROCESS_SIGNALS_H
#define AZML_PROCESS_SIGNALS_H

#include <azml/cancel.h>
#include <poll.h>
#include <signal.h>

#define AZML__SIGNAL_LOOK SIGUSR1   /* stop.json has news */
#define AZML__SIGNAL_ORPHAN SIGUSR2 /* the keeper is dead: the kernel's word */

typedef struct azml__signals
{
  volatile sig_atomic_t stop;  /* the last of TERM, INT, HUP that came, 0: none */
  volatile sig_atomic_t stops; /* how many came */
  volatile sig_atomic_t look;
  volatile sig_atomic_t orphan;
} azml__signals;

extern azml__signals azml__signals_seen;

/* Block them, as the parent does before it forks, and what SAVED was.  */
void azml__signals_block (sigset_t *saved);

/* Install the handlers; block.  CANCEL (or NULL, borrowed) is set by each signal
   that ends a run.  */
void azml__signals_install (azml_cancel *cancel);

/* Wait for a signal, at most TIMEOUT_MS (-1: for ever).  A signal that came since
   the last wait ends it at once.  */
void azml__signals_wait (int timeout_ms);

/* The same until one of the N FDS has news, too; each is looked at as poll does.  */
void azml__signals_poll (struct pollfd *fds, nfds_t n, int timeout_ms);

/* Let signals in while something long runs; shut them out again.  */
void azml__signals_open (void);
void azml__signals_shut (void);

/* Note which signals are not at their default, for azml__signals_reset in this process and
   those forked from it; none is changed later but by azml__signals_install, and SIGPIPE.  */
void azml__signals_learn (void);

/* For a child between vfork and exec: everything at its default, nothing blocked.
 */
void azml__signals_reset (void);

/* The signal NAME ("TERM", "SIGTERM", "15"), 0 if there is none; the name of
   SIGNAL.  */
int azml__signal_parse (const char *name);
const char *azml__signal_name (int signal);

#endif

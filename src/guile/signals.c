/* signals.c: INT, TERM and HUP in the program azml-guile.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A handler in C sets the cancel token, which ends blocking calls.  Scheme code
   that computes (a recipe with an endless loop) is ended through a thread that
   waits for the signal and, only then, enters Guile to mark an interrupt for the
   main thread.  */

#include <config.h>

#include "guile/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/cancel.h"
#include "guile/binding.h"

/* After so many signals that nothing answered, nobody waits for a tidy end any
 * more.  */
#define ENOUGH 5

static atomic_int installed, count, burst, last;
static int wake[2] = { -1, -1 };

/* How many %call-interruptible are running.  */
static atomic_int interruptible;
static SCM interrupted_thread = SCM_UNDEFINED, interrupt_procedure;

static void
on_signal (int signal_number)
{
  int saved = errno;
  atomic_store (&last, signal_number);
  atomic_fetch_add (&count, 1);
  if (!azml_cancel_is_set (azml__guile_cancel ()))
    atomic_store (&burst, 0);
  if (atomic_fetch_add (&burst, 1) + 1 >= ENOUGH)
    _exit (128 + signal_number);
  azml_cancel_set (azml__guile_cancel ());
  if (wake[1] >= 0)
    {
      ssize_t n = write (wake[1], "x", 1);
      (void)n; /* a full pipe wakes as well */
    }
  errno = saved;
}

int
azml__guile_signals_installed (void)
{
  return atomic_load (&installed);
}

void
azml__guile_install_signals (void)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  for (int i = 0; i < 3; i++)
    {
      struct sigaction old,
          new = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
      sigemptyset (&new.sa_mask);
      /* nohup, and a shell's background jobs, ignore some: they stay ignored.  */
      if (sigaction (signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction (signals[i], &new, NULL);
    }
  atomic_store (&installed, 1);
}

/* Scheme has set handlers of its own, as the REPL does: what blocks is then left by way of
   ticks, as in a plain guile.  */
static SCM
leave_signals (void)
{
  atomic_store (&installed, 0);
  return SCM_UNSPECIFIED;
}

static void *
mark_interrupt (void *data)
{
  scm_system_async_mark_for_thread (interrupt_procedure, interrupted_thread);
  return data;
}

static void *
watch (void *data)
{
  char byte;
  for (;;)
    {
      ssize_t n = read (wake[0], &byte, 1);
      if (n < 0 && errno != EINTR)
        return data;
      if (n == 1 && atomic_load (&interruptible) > 0)
        scm_with_guile (mark_interrupt, NULL);
    }
}

/* Start the watching thread, once.  Without it (no thread to be had) a computation
   is only not interruptible.  */
static void
start_watching (void)
{
  sigset_t all, before;
  pthread_t thread;
  if (wake[1] >= 0 || !azml__guile_signals_installed ())
    return;
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return;
  fcntl (ends[0], F_SETFL, 0); /* the reader blocks, the signal handler never */
  wake[0] = ends[0];
  wake[1] = ends[1];
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  if (pthread_create (&thread, NULL, watch, NULL) == 0)
    pthread_detach (thread);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

static void
throw_if_cancelled (void)
{
  azml_error *err = NULL;
  if (azml__cancel_check (azml__guile_cancel (), &err) < 0)
    azml__guile_throw ("%call-interruptible", err);
}

static SCM
interrupt (void)
{
  if (atomic_load (&interruptible) > 0)
    throw_if_cancelled ();
  return SCM_UNSPECIFIED;
}

static void
leave_interruptible (void *data)
{
  (void)data;
  atomic_fetch_sub (&interruptible, 1);
}

static SCM
call_interruptible (SCM thunk)
{
  if (SCM_UNBNDP (interrupted_thread))
    interrupted_thread = scm_permanent_object (scm_current_thread ());
  start_watching ();
  scm_dynwind_begin (0);
  atomic_fetch_add (&interruptible, 1);
  scm_dynwind_unwind_handler (leave_interruptible, NULL, SCM_F_WIND_EXPLICITLY);
  if (azml__guile_signals_installed ())
    throw_if_cancelled ();
  SCM result = scm_call_0 (thunk);
  scm_dynwind_end ();
  return result;
}

/* Call THUNK with at most WORDS more of stack; when they are used up, HANDLER, which does
   not return.  In Scheme this is in (system vm vm), which takes as long to load as three of
   our modules.  */
static SCM
call_with_stack_limit (SCM words, SCM thunk, SCM handler)
{
  return scm_call_with_stack_overflow_handler (words, thunk, handler);
}

static SCM
cancel_count (void)
{
  return scm_from_int (atomic_load (&count));
}

static SCM
cancel_signal (void)
{
  return scm_from_int (atomic_load (&last));
}

void
azml__guile_init_signals (void)
{
  interrupt_procedure =
      scm_permanent_object (scm_c_make_gsubr ("%interrupt", 0, 0, 0, interrupt));
  azml__guile_define ("%call-interruptible", 1, 0, call_interruptible);
  azml__guile_define ("%call-with-stack-limit", 3, 0, call_with_stack_limit);
  azml__guile_define ("%leave-signals!", 0, 0, leave_signals);
  azml__guile_define ("%cancel-count", 0, 0, cancel_count);
  azml__guile_define ("%cancel-signal", 0, 0, cancel_signal);
}

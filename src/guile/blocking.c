/* blocking.c: long work outside of Guile, and what interrupts it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Guile runs a signal's Scheme handler only when C returns, and its collector
   interrupts system calls of threads in Guile mode, so all blocking work leaves
   Guile.  */

#include <config.h>

#include "guile/binding.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "core/cancel.h"
#include "guile/interrupt.h"
#include "guile/signals.h"

/* Work in a thread of its own.  */
struct work
{
  void *(*function) (void *);
  void *data;
  pthread_mutex_t lock;
  pthread_cond_t ended;
  atomic_int done;
};

static void *
work_thread (void *data)
{
  struct work *work = data;
  work->function (work->data);
  pthread_mutex_lock (&work->lock);
  atomic_store (&work->done, 1);
  pthread_cond_signal (&work->ended);
  pthread_mutex_unlock (&work->lock);
  return NULL;
}

/* Wait 100 ms for the end of the work.  */
static void *
wait_a_slice (void *data)
{
  struct work *work = data;
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += 100 * 1000 * 1000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&work->lock);
  if (!atomic_load (&work->done))
    pthread_cond_clockwait (&work->ended, &work->lock, CLOCK_MONOTONIC, &until);
  pthread_mutex_unlock (&work->lock);
  return NULL;
}

static SCM
tick (void *data)
{
  (void)data;
  scm_async_tick ();
  return SCM_BOOL_F;
}

static SCM
keep_thrown (void *data, SCM key, SCM arguments)
{
  (void)data;
  return scm_cons (key, arguments);
}

/* Start WORK in a thread that gets no signals.  Return 0 if that cannot be done. */
static int
start_thread (struct work *work, pthread_t *thread)
{
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int failed = pthread_create (thread, NULL, work_thread, work);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return !failed;
}

static void
blocking_with_ticks (struct work *work, pthread_t thread)
{
  SCM thrown = SCM_BOOL_F;
  while (!atomic_load (&work->done))
    {
      scm_without_guile (wait_a_slice, work);
      if (atomic_load (&work->done) || scm_is_true (thrown))
        continue;
      thrown = scm_c_catch (SCM_BOOL_T, tick, NULL, keep_thrown, NULL, NULL, NULL);
      if (scm_is_true (thrown))
        azml_cancel_set (azml__guile_cancel ());
    }
  pthread_join (thread, NULL);
  if (scm_is_false (thrown))
    return;
  azml_cancel_clear (azml__guile_cancel ());
  azml__guile_keep_interrupt (thrown);
}

void
azml__guile_blocking (void *(*function) (void *), void *data)
{
  struct work work = { .function = function,
                       .data = data,
                       .lock = PTHREAD_MUTEX_INITIALIZER,
                       .ended = PTHREAD_COND_INITIALIZER };
  pthread_t thread;
  if (!azml__guile_signals_installed () && start_thread (&work, &thread))
    blocking_with_ticks (&work, thread);
  else
    scm_without_guile (function, data);
}

/* Sleep MS milliseconds, less when the token is set: then throw &azml-cancelled. */
struct pause
{
  int ms, rc;
  azml_error *err;
};

static void *
pause_work (void *data)
{
  struct pause *pause = data;
  int ready;
  pause->rc = azml__cancel_poll (azml__guile_cancel (), NULL, 0, pause->ms, &ready,
                                 &pause->err);
  return NULL;
}

static SCM
cancel_sleep (SCM ms)
{
  struct pause pause = { .ms = (int)azml__guile_to_integer (ms, 0, INT32_MAX,
                                                            "%sleep", 1) };
  azml__guile_blocking (pause_work, &pause);
  if (pause.rc < 0)
    azml__guile_throw ("%sleep", pause.err);
  return SCM_UNSPECIFIED;
}

void
azml__guile_init_blocking (void)
{
  azml__guile_define ("%sleep", 1, 0, cancel_sleep);
}

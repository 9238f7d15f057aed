/* hasher.c: a digest that is computed beside, while its bytes are written.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "digest/hasher.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct azml__hasher
{
  azml__sha256 *hash;
  const void *data; /* NULL: the end */
  size_t n;
  sem_t begun, done;
  int busy; /* begun, and nobody has waited for it yet */
  pthread_t thread;
};

static void
await (sem_t *semaphore)
{
  while (sem_wait (semaphore) < 0 && errno == EINTR)
    continue;
}

static void *
work (void *data)
{
  azml__hasher *hasher = data;
  for (;;)
    {
      await (&hasher->begun);
      if (!hasher->data)
        return NULL;
      azml__sha256_add (hasher->hash, hasher->data, hasher->n);
      sem_post (&hasher->done);
    }
}

/* Signals are for the threads that were there before.  */
static int
start (azml__hasher *hasher)
{
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int rc = pthread_create (&hasher->thread, NULL, work, hasher);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return rc;
}

azml__hasher *
azml__hasher_new (azml__sha256 *hash)
{
  if (sysconf (_SC_NPROCESSORS_ONLN) < 2)
    return NULL;
  azml__hasher *hasher = calloc (1, sizeof *hasher);
  if (!hasher)
    return NULL;
  hasher->hash = hash;
  if (sem_init (&hasher->begun, 0, 0) == 0)
    {
      if (sem_init (&hasher->done, 0, 0) == 0)
        {
          if (start (hasher) == 0)
            return hasher;
          sem_destroy (&hasher->done);
        }
      sem_destroy (&hasher->begun);
    }
  free (hasher);
  return NULL;
}

void
azml__hasher_begin (azml__hasher *hasher, const void *data, size_t n)
{
  hasher->data = data;
  hasher->n = n;
  hasher->busy = 1;
  sem_post (&hasher->begun);
}

void
azml__hasher_wait (azml__hasher *hasher)
{
  if (hasher->busy)
    await (&hasher->done);
  hasher->busy = 0;
}

void
azml__hasher_free (azml__hasher *hasher)
{
  if (!hasher)
    return;
  azml__hasher_wait (hasher);
  hasher->data = NULL;
  sem_post (&hasher->begun);
  pthread_join (hasher->thread, NULL);
  sem_destroy (&hasher->begun);
  sem_destroy (&hasher->done);
  free (hasher);
}

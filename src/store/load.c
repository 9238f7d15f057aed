/* load.c: many run directories, read ahead of the one who writes their rows.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Reading and parsing takes twice as long as writing the rows, so some threads read,
   each the next run that nobody has, into a ring; rows come out in the order of the
   ids.  The threads know nothing of SQLite or Guile and get no signals.  */

#include <config.h>

#include "store/load.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define AHEAD 256 /* runs read and not yet written: a few megabytes */
#define THREADS 4

typedef struct ring_slot
{
  int ready;
  int rc;
  azml__rows rows;
  azml_error *err;
} ring_slot;

struct azml__loader
{
  int runs;
  const char *(*id) (const void *ids, size_t i);
  const void *ids;
  size_t n;

  pthread_mutex_t lock;
  pthread_cond_t changed;
  size_t next;     /* to be read */
  size_t consumed; /* handed out */
  int waiting;     /* for the run that is handed out next */
  int ended;
  ring_slot slots[AHEAD];

  pthread_t threads[THREADS];
  int n_threads;
};

static void
read_slot (azml__loader *loader, size_t i)
{
  ring_slot *slot = &loader->slots[i % AHEAD];
  const char *id = loader->id (loader->ids, i);
  slot->rc = azml__rows_read (loader->runs, id, id, &slot->rows, &slot->err);
}

static void *
work (void *data)
{
  azml__loader *loader = data;
  pthread_mutex_lock (&loader->lock);
  while (!loader->ended && loader->next < loader->n)
    {
      size_t i = loader->next;
      if (i >= loader->consumed + AHEAD)
        {
          pthread_cond_wait (&loader->changed, &loader->lock);
          continue;
        }
      loader->next++;
      pthread_mutex_unlock (&loader->lock);
      read_slot (loader, i);
      pthread_mutex_lock (&loader->lock);
      loader->slots[i % AHEAD].ready = 1;
      if (loader->waiting && i == loader->consumed)
        pthread_cond_broadcast (&loader->changed);
    }
  pthread_mutex_unlock (&loader->lock);
  return NULL;
}

static void
start_threads (azml__loader *loader)
{
  sigset_t all, before;
  long cores = sysconf (_SC_NPROCESSORS_ONLN);
  int wanted = loader->n < 64 || cores < 2 ? 0
               : cores < THREADS           ? (int)cores
                                           : THREADS;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  while (loader->n_threads < wanted
         && pthread_create (&loader->threads[loader->n_threads], NULL, work, loader)
                == 0)
    loader->n_threads++;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

int
azml__loader_new (int runs, const char *(*id) (const void *ids, size_t i),
                  const void *ids, size_t n, azml__loader **ret, azml_error **err)
{
  azml__loader *loader = calloc (1, sizeof *loader);
  if (!loader)
    return azml__error_no_memory (err);
  loader->runs = runs;
  loader->id = id;
  loader->ids = ids;
  loader->n = n;
  pthread_mutex_init (&loader->lock, NULL);
  pthread_cond_init (&loader->changed, NULL);
  start_threads (loader);
  *ret = loader;
  return 0;
}

int
azml__loader_next (azml__loader *loader, azml__rows *ret, azml_error **err)
{
  size_t i = loader->consumed;
  ring_slot *slot = &loader->slots[i % AHEAD];
  if (loader->n_threads == 0)
    read_slot (loader, i);
  pthread_mutex_lock (&loader->lock);
  loader->waiting = 1;
  while (loader->n_threads && !slot->ready)
    pthread_cond_wait (&loader->changed, &loader->lock);
  loader->waiting = 0;
  int rc = slot->rc;
  *ret = slot->rows;
  azml__error_move (err, &slot->err);
  *slot = (ring_slot){ 0 };
  loader->consumed++;
  /* Readers that wait for room are many runs behind: wake them seldom.  */
  if (loader->consumed % (AHEAD / 4) == 0)
    pthread_cond_broadcast (&loader->changed);
  pthread_mutex_unlock (&loader->lock);
  return rc;
}

void
azml__loader_free (azml__loader *loader)
{
  if (!loader)
    return;
  pthread_mutex_lock (&loader->lock);
  loader->ended = 1;
  pthread_cond_broadcast (&loader->changed);
  pthread_mutex_unlock (&loader->lock);
  for (int i = 0; i < loader->n_threads; i++)
    pthread_join (loader->threads[i], NULL);
  for (int i = 0; i < AHEAD; i++)
    {
      azml__rows_done (&loader->slots[i].rows);
      azml_error_free (loader->slots[i].err);
    }
  pthread_cond_destroy (&loader->changed);
  pthread_mutex_destroy (&loader->lock);
  free (loader);
}

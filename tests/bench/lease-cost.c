/* lease-cost.c: what it takes to take a lease and to give it back, beside a process.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Prints the median seconds of: looking who holds and who waits, taking one of three GPUs
   with a copy for the keeper, giving it back; and of fork, exec and wait of `true'.  They
   take turns.  */

#include <config.h>

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "../c/leases.h"

#define ROUNDS 201

static double
now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
time_lease (void)
{
  azml__gpu_request request = { .count = 1, .foreign = -1 };
  azml__lease lease = { 0 };
  azml__lease_keep keep = AZML__LEASE_KEEP_INIT;
  azml__gpu_list *list = make_list (); /* what nvidia-smi said */
  azml__lease_queue *queue = NULL;
  double start = now ();
  if (azml__lease_keep_make (&keep, NULL) < 0
      || azml__lease_queue_new (&request, "abcdefghij01", &keep, &queue, NULL) < 0)
    exit (1);
  azml__lease_queue_set_list (queue, list);
  if (azml__lease_queue_try (queue, &lease, NULL) != 1 || lease.count != 1)
    exit (1);
  azml__lease_release (&lease);
  azml__lease_keep_done (&keep);
  double end = now ();
  azml__lease_queue_free (queue);
  return end - start;
}

static double
time_process (void)
{
  double start = now ();
  int status = 1;
  pid_t pid = fork ();
  if (pid == 0)
    {
      execlp ("true", "true", (char *)NULL);
      _exit (127);
    }
  if (waitpid (pid, &status, 0) != pid || status != 0)
    exit (1);
  return now () - start;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int
main (void)
{
  static double ours[ROUNDS], theirs[ROUNDS];
  make_uuids ();
  for (int i = 0; i < ROUNDS; i++)
    {
      ours[i] = time_lease ();
      theirs[i] = time_process ();
    }
  qsort (ours, ROUNDS, sizeof *ours, compare);
  qsort (theirs, ROUNDS, sizeof *theirs, compare);
  printf ("%.9f %.9f\n", ours[ROUNDS / 2], theirs[ROUNDS / 2]);
  return 0;
}

/* tree.h: the processes below this one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   This process is a child subreaper: whatever is started below it, detached or not,
   stays below it.  So "wait says ECHILD" means that all of it is gone.  */

#ifndef AZML_PROCESS_TREE_H
#define AZML_PROCESS_TREE_H

#include <stdint.h>
#include <sys/types.h>

#include "process/usage.h"

struct azml__pids
{
  pid_t *pids;
  size_t count;
  size_t size;
};
typedef struct azml__pids azml__pids;

#define AZML__PIDS_INIT                                                            \
  {                                                                                \
    NULL, 0, 0                                                                     \
  }
void azml__pids_done (azml__pids *pids);
#define AZML_AUTO_PIDS AZML_CLEANUP (azml__pids_done) azml__pids

/* Add PID.  Return 0, -1 when out of memory.  */
int azml__pids_add (azml__pids *pids, pid_t pid);
void azml__pids_sort (azml__pids *pids);

/* 1 if the sorted PIDS holds PID.  */
int azml__pids_has (const azml__pids *pids, pid_t pid);

/* Make this process a subreaper.  */
void azml__tree_adopt (void);

/* Put all descendants of this process into PIDS, sorted.  */
void azml__tree_list (azml__pids *pids);

/* What the reaping saw.  */
typedef struct azml__reaped
{
  pid_t watched; /* the process whose end matters, 0: none */
  int ended;     /* it ended, with STATUS */
  int status;
  int killed;         /* how many others died by SIGKILL */
  azml__usage *usage; /* gets what they used, or NULL */
} azml__reaped;

/* Reap what ended.  Return 1 while there are children, 0 when all are gone.  */
int azml__tree_reap (azml__reaped *reaped);

/* Kill all descendants and reap them: stop them first, again and again until no new
   one appears, so that nothing forks faster than it is killed.  Returns how many
   were killed; what cannot be killed (a setuid program) is left after a while, its
   number in *RET_LEFT.  */
int azml__tree_kill (azml__reaped *reaped, int *ret_left);

/* Leave process PID, a child that serves this process and not the job, out of all of the
   above; its end is noted and is no loss.  At most two.  */
void azml__tree_spare (pid_t pid);

/* Kill the spared child PID, if it lives; one that does not die soon is left to init.  */
void azml__tree_end_spared (pid_t pid);

/* 1 while the child PID, which was spared, lives.  */
int azml__tree_is_spared (pid_t pid);

/* Send NUMBER to all descendants.  */
void azml__tree_signal (int number);

/* When process PID started, in clock ticks after boot; 0 if there is none.  */
uint64_t azml__process_start (pid_t pid);

/* The parent of process PID; 0 if there is none, or none that is to be seen here.  */
pid_t azml__process_parent (pid_t pid);

/* 1 if process PID is gone, or a zombie.  */
int azml__process_is_dead (pid_t pid);

/* Stop and kill all that LIST finds, until it finds nothing or 10 s are over.
   Return how many were killed.  */
int azml__processes_kill (void (*list) (azml__pids *pids, void *data), void *data);

#endif

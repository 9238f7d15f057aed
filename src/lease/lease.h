/* lease.h: a run's hold on GPUs of this machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A lease is a socket with a name (name.h), which the kernel frees with its last
   descriptor.  The runner binds it; a copy waits unread in a pair of sockets that keeper
   and runner share, so that the keeper, which does nothing but wait, holds it too; the
   job inherits it.  */

#ifndef AZML_LEASE_LEASE_H
#define AZML_LEASE_LEASE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define AZML__LEASE_LIMIT 120 /* GPUs of a run; the kernel passes 253 descriptors */

/* The pair of sockets; made by the keeper before the runner.  */
typedef struct azml__lease_keep
{
  int ends[2];
} azml__lease_keep;

#define AZML__LEASE_KEEP_INIT                                                      \
  {                                                                                \
    {                                                                              \
      -1, -1                                                                       \
    }                                                                              \
  }
int azml__lease_keep_make (azml__lease_keep *keep, azml_error **err);

/* In the keeper: what waits in KEEP stays over exec.  */
void azml__lease_keep_hold (const azml__lease_keep *keep);
void azml__lease_keep_done (azml__lease_keep *keep);

typedef struct azml__lease
{
  char **uuids; /* owned, sorted */
  int *fds;     /* two for each: the lease, and who holds it */
  size_t count;
  int64_t since_ms;       /* in UTC */
  azml__lease_keep *keep; /* borrowed, or NULL: this process alone holds it */
  int *watchers;          /* connections of those who wait for the end */
  size_t n_watchers, size_watchers;
} azml__lease;

/* Take all of UUIDS (sorted, N of them) for RUN, or none.  AZML_E_BUSY: somebody has one
   of them; it is told in *RET_BUSY.  */
int azml__lease_take (azml__lease *lease, const char *const *uuids, size_t n,
                      const char *run, azml__lease_keep *keep, size_t *ret_busy,
                      azml_error **err);

/* Let what is executed from now on inherit the lease (1), or not (0).  */
void azml__lease_inherit (const azml__lease *lease, int inherit);

/* Take in those who wait for the end of the lease, forget who went: the kernel's queue of
   them has a limit.  */
void azml__lease_admit (azml__lease *lease);

/* Send TEXT, lines of note.h, to those who wait for the end of the lease: they read it when
   that comes.  */
void azml__lease_tell (azml__lease *lease, const char *text);

/* Give all back, the keeper's copies included.  */
void azml__lease_release (azml__lease *lease);

#endif

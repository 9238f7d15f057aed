/* cleanup.h: give back what a function holds when it leaves.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Initialise in the declaration; hand over with azml_steal.  Never use these
   around a call that can throw a Scheme exception: a throw skips them.  */

#ifndef AZML_CORE_CLEANUP_H
#define AZML_CORE_CLEANUP_H

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AZML_CLEANUP(function) __attribute__ ((cleanup (function)))

/* AZML_AUTO (azml_foo) foo = NULL;  calls azml_foo_free (foo) at the end of the
   scope.  The type's header says AZML_DEFINE_AUTO (azml_foo, azml_foo_free).  */
#define AZML_AUTO(type) AZML_CLEANUP (type##_auto) type *

#define AZML_DEFINE_AUTO(type, destroy)                                            \
  static inline void type##_auto (type **p)                                        \
  {                                                                                \
    if (*p)                                                                        \
      destroy (*p);                                                                \
  }

static inline void
azml__auto_free (void *p)
{
  free (*(void **)p);
}

static inline void
azml__auto_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

#define AZML_AUTO_FREE AZML_CLEANUP (azml__auto_free)
#define AZML_AUTO_CLOSE AZML_CLEANUP (azml__auto_close)

AZML_DEFINE_AUTO (FILE, fclose)
AZML_DEFINE_AUTO (DIR, closedir)
AZML_DEFINE_AUTO (json_t, json_decref)

/* Return *P and leave NULL behind.  */
#define azml_steal(p)                                                              \
  (__extension__({                                                                 \
    __typeof__ (*(p)) azml_stolen_ = *(p);                                         \
    *(p) = NULL;                                                                   \
    azml_stolen_;                                                                  \
  }))

/* Return the descriptor *FD and leave -1 behind.  */
static inline int
azml__steal_fd (int *fd)
{
  int stolen = *fd;
  *fd = -1;
  return stolen;
}

#endif

/* step.h: run one command of a builder, see what it prints, end all of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_STEP_H
#define AZML_ENVIRONMENT_STEP_H

#include <azml/cancel.h>

#include "core/buffer.h"
#include "core/error.h"

typedef struct azml__step
{
  char *const *argv;
  char *const *environ; /* NULL: this process's */
  const char *folder;   /* working folder, NULL: this one */
  int input;            /* becomes standard input; 0: there is none */
  int only_output;      /* standard error is thrown away, not printed with output */
  int inherit_fd;       /* a descriptor that the command keeps open, or -1 */
  int timeout_ms;       /* -1: none */
  int hasty; /* end it by KILL at once, and leave it alone if it does not die:
                           one that only asks, and may hang in the kernel */
  azml_cancel *cancel;
  /* Gets what the command prints; may be NULL.  */
  void (*output) (const char *bytes, size_t n, void *data);
  void *data;
} azml__step;

/* Run STEP in a session of its own (no terminal: nothing can ask) and wait for it.
   However it ends, its process group is killed before this returns.  Store the
   status of waitpid in *RET_STATUS.  AZML_E_CANCELLED, AZML_E_TIMEOUT,
   AZML_E_NOT_FOUND.  */
int azml__step_run (const azml__step *step, int *ret_status, azml_error **err);

/* An `output` whose data is an azml__buffer: keep all.  */
void azml__step_keep (const char *bytes, size_t n, void *data);

#endif

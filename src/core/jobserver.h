/* jobserver.h: part in the jobserver of a GNU Make above this process.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   make -jN lets its descendants share N slots: each has one, and takes a token, a byte of a
   pipe or a FIFO, for every further thing that it does at the same time.  A recipe without a
   `+' does not inherit the pipe, but may open it below /proc all the same, as only the
   user of that make can.  */

#ifndef AZML_CORE_JOBSERVER_H
#define AZML_CORE_JOBSERVER_H

/* Look for the jobserver that FLAGS, the value of MAKEFLAGS, tells of.  Return 1 if there is
   one, and this process takes part in it from now on; tokens are given back at exit.  */
int azml__jobserver_join (const char *flags);

/* Hold COUNT tokens: give back what are more, take what can be had at once.  Return how
   many are held; COUNT where there is no jobserver.  */
unsigned int azml__jobserver_hold (unsigned int count);

/* FLAGS (new) for what has no part in a jobserver by a pipe, because it does not inherit it:
   neither the pipe nor the number of jobs, so that its make does not complain.  NULL: FLAGS
   can stay, or memory is out.  */
char *azml__jobserver_strip (const char *flags);

#endif

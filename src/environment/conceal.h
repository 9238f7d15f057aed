/* conceal.h: the secrets of an installation, out of its command line.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_CONCEAL_H
#define AZML_ENVIRONMENT_CONCEAL_H

#include "core/error.h"

typedef struct azml__concealed
{
  char **argv;    /* without secrets */
  char **environ; /* with the address of the index, maybe */
  int input;      /* requirements for standard input; -1: none */
} azml__concealed;

void azml__concealed_done (azml__concealed *concealed);
#define AZML_AUTO_CONCEALED AZML_CLEANUP (azml__concealed_done) azml__concealed

/* Make of ARGV and ENVIRON what says the same.  If ARGV is an installation by pip or uv, its addresses
   with passwords or tokens go by other ways, for everybody may read a command line.  */
int azml__conceal (char *const *argv, char *const *environ, azml__concealed *ret,
                   azml_error **err);

#endif

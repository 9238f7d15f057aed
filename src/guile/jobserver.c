/* jobserver.c: the jobserver of a make above.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/jobserver.h"

#include <stdlib.h>

#include "guile/binding.h"

/* Take part in the jobserver that MAKEFLAGS tells of.  What is started from now on does not
   hear of one that it could not use.  */
static SCM
jobserver_join (void)
{
  const char *flags = getenv ("MAKEFLAGS");
  int joined = azml__jobserver_join (flags);
  char *others = flags ? azml__jobserver_strip (flags) : NULL;
  if (others)
    setenv ("MAKEFLAGS", others, 1);
  free (others);
  return scm_from_bool (joined);
}

static SCM
jobserver_hold (SCM count)
{
  int64_t wanted = azml__guile_to_integer (count, 0, 1 << 20, "%jobserver-hold", 1);
  return scm_from_uint (azml__jobserver_hold ((unsigned int)wanted));
}

void
azml__guile_init_jobserver (void)
{
  azml__guile_define ("%jobserver-join", 0, 0, jobserver_join);
  azml__guile_define ("%jobserver-hold", 1, 0, jobserver_hold);
}

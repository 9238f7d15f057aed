/* fault.c: accidents on purpose, for the tests.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
azml__fault_point (const char *point)
{
  const char *fault = getenv ("AZML_TEST_FAULT");
  size_t n = strlen (point);
  if (!fault || strncmp (fault, point, n) != 0 || fault[n] != ':')
    return;
  const char *action = fault + n + 1;
  if (strcmp (action, "parent") == 0 || strcmp (action, "both") == 0)
    {
      pid_t parent = getppid ();
      kill (parent, SIGKILL);
      while (getppid () == parent)
        usleep (100);
    }
  if (strcmp (action, "self") == 0 || strcmp (action, "both") == 0)
    kill (getpid (), SIGKILL);
  if (strcmp (action, "stop") == 0)
    kill (getpid (), SIGSTOP);
}

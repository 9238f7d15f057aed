/* test-make-load.c: the object that GNU Make loads, by either of make's interfaces.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The object is compiled into this program twice: as for releases up to 4.4, and, with
   GMK_ABI_VERSION, as for those that tell their ABI.  */

#include <config.h>

#include <stdio.h>

#include "gmk.h"
#include "tap.h"

#ifdef GMK_ABI_VERSION
int azml_gmk_gmk_setup (unsigned int abi, const gmk_floc *place);
#else
int azml_gmk_gmk_setup (const gmk_floc *place);
#endif
extern int plugin_is_GPL_compatible;

int
main (void)
{
  const gmk_floc place = { "Makefile", 1 };
#ifdef GMK_ABI_VERSION
  ok (azml_gmk_gmk_setup (GMK_ABI_VERSION + 1, &place) == 0 && gmk_added == 0,
      "an ABI that is not known is refused, and nothing is registered");
  ok (azml_gmk_gmk_setup (0, &place) == 0 && gmk_added == 0, "so is none");
  ok (azml_gmk_gmk_setup (GMK_ABI_VERSION, &place) == 1, "the known one is not");
#else
  ok (azml_gmk_gmk_setup (&place) == 1, "the object is set up");
#endif
  ok (gmk_added == 8, "all functions are registered, by names that make takes");
  ok (&plugin_is_GPL_compatible != NULL, "it says that it is free software");

  /* Beside this program there is no object with the functions.  */
  char run[] = "last", field[] = "state";
  char *arguments[] = { run, field };
  char *answer = gmk_handler ("azml-run-field", 2, arguments);
  ok (!answer, "without the object that does the work there is no answer");
  ok (gmk_evaluated && strncmp (gmk_evaluated, "define azml--reason\n", 20) == 0
          && strstr (gmk_evaluated, "azml_make.so")
          && strstr (gmk_evaluated,
                     "\nendef\n$(error azml: $(value azml--reason))\n"),
      "but an error that names it");
  free (gmk_evaluated);
  return done_testing ();
}

/* gmk.h: what GNU Make gives to an object that it has loaded, in make's place.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_GMK_H
#define AZML_TESTS_GMK_H

#include <gnumake.h>
#include <stdlib.h>
#include <string.h>

static char *gmk_evaluated;      /* what gmk_eval was last told, NULL if nothing */
static unsigned int gmk_added;   /* functions registered */
static gmk_func_ptr gmk_handler; /* of the last one */
static const char *gmk_variable = ""; /* what every variable expands to */

void
gmk_free (char *text)
{
  free (text);
}

char *
gmk_alloc (unsigned int size)
{
  return malloc (size);
}

char *
gmk_expand (const char *text)
{
  (void)text;
  return strdup (gmk_variable);
}

void
gmk_eval (const char *text, const gmk_floc *place)
{
  (void)place;
  free (gmk_evaluated);
  gmk_evaluated = strdup (text);
}

void
gmk_add_function (const char *name, gmk_func_ptr function, unsigned int least,
                  unsigned int most, unsigned int flags)
{
  size_t n = strlen (name);
  (void)flags;
  /* What GNU Make refuses.  */
  if (n == 0 || n > 255 || n != strspn (name, "abcdefghijklmnopqrstuvwxyz-")
      || least > most || most > 255 || !function)
    abort ();
  gmk_added++;
  gmk_handler = function;
}

#endif

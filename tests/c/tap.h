/* tap.h: Test Anything Protocol for C tests.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   ok (CONDITION, "what must be true", ...);  ...  return done_testing ();  */

#ifndef AZML_TESTS_TAP_H
#define AZML_TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__ ((format (printf, 4, 5), unused)) static int
tap_ok (int condition, const char *file, int line, const char *format, ...)
{
  va_list ap;
  printf ("%sok %d - ", condition ? "" : "not ", ++tap_count);
  va_start (ap, format);
  vprintf (format, ap);
  va_end (ap);
  printf ("\n");
  if (!condition)
    {
      tap_failed++;
      printf ("# %s:%d\n", file, line);
    }
  fflush (stdout);
  return condition;
}

__attribute__ ((unused)) static int
tap_string (const char *got, const char *want, const char *file, int line,
            const char *name)
{
  int same = got && want ? strcmp (got, want) == 0 : got == want;
  tap_ok (same, file, line, "%s", name);
  if (!same)
    printf ("# got:  %s\n# want: %s\n", got ? got : "(null)",
            want ? want : "(null)");
  return same;
}

#define ok(condition, ...) tap_ok (!!(condition), __FILE__, __LINE__, __VA_ARGS__)
#define is_string(got, want, name) tap_string (got, want, __FILE__, __LINE__, name)
#define skip(name, why) printf ("ok %d - %s # SKIP %s\n", ++tap_count, name, why)

__attribute__ ((unused)) static int
done_testing (void)
{
  printf ("1..%d\n", tap_count);
  return tap_failed != 0;
}

#endif

/* literal.h: numbers, durations and times as people type them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   None of these depends on the locale.  */

#ifndef AZML_STORE_LITERAL_H
#define AZML_STORE_LITERAL_H

#include <jansson.h>
#include <stdint.h>

/* Store the number that all of TEXT is ("0.1", "-2e-3", "nan", "inf") in *RET.
   Return 0, or -1 if it is none.  */
int azml__literal_number (const char *text, double *ret);

/* Store the seconds that TEXT means in *RET: a number, or "90s", "5m", "1h30m",
   "2d", "500ms", "1w".  Return 0, or -1 if it means none.  */
int azml__literal_seconds (const char *text, double *ret);

/* Store the time that TEXT means in *FROM and the end of that day, minute, ... in
   *TO (both ms since 1970; *TO = *FROM for a moment).  "2026-01-31",
   "2026-01-31T13:05", "2026-01-31 13:05:59.123Z", "+02:00" behind; local time
   unless it says otherwise; "today", "yesterday", "now", or "-1d": so long before
   NOW.  Return 0, or -1 if it means none.  */
int azml__literal_time (const char *text, int64_t now, int64_t *from, int64_t *to);

/* A parameter's value as text (new): a string as it is, a number in its shortest
   form, true or false, anything else as JSON.  NULL when out of memory, and for
   null.  */
char *azml__literal_text (const json_t *json);

#endif

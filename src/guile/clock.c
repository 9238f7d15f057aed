/* clock.c: clocks, times as text, ids.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/clock.h"

#include "core/random.h"
#include "guile/binding.h"

static SCM
clock_utc_ms (void)
{
  return scm_from_int64 (azml__clock_utc_ms ());
}

static SCM
clock_boot_ms (void)
{
  return scm_from_int64 (azml__clock_boot_ms ());
}

static SCM
time_format (SCM ms)
{
  char text[AZML__CLOCK_TEXT_SIZE];
  /* The years 0 to 9999, so that the text has its usual length.  */
  int64_t number = azml__guile_to_integer (ms, -62167219200000, 253402300799999,
                                           "%time-format", 1);
  return azml__guile_from_text (azml__clock_format (number, text));
}

/* #f if TEXT is no time.  */
static SCM
time_parse (SCM text)
{
  int64_t ms = azml__clock_parse (azml__guile_to_text (text, "%time-parse", 1));
  return ms == -1 ? SCM_BOOL_F : scm_from_int64 (ms);
}

static SCM
random_id (void)
{
  char id[AZML__RANDOM_ID_SIZE];
  azml_error *err = NULL;
  if (azml__random_id (id, &err) < 0)
    azml__guile_throw ("%random-id", err);
  return azml__guile_from_text (id);
}

void
azml__guile_init_clock (void)
{
  azml__guile_define ("%clock-utc-ms", 0, 0, clock_utc_ms);
  azml__guile_define ("%clock-boot-ms", 0, 0, clock_boot_ms);
  azml__guile_define ("%time-format", 1, 0, time_format);
  azml__guile_define ("%time-parse", 1, 0, time_parse);
  azml__guile_define ("%random-id", 0, 0, random_id);
}

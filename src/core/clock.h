/* clock.h: the two clocks, and time as text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_CLOCK_H
#define AZML_CORE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970 in UTC, as this machine believes: for records.  */
int64_t azml__clock_utc_ms (void);

/* Milliseconds on CLOCK_BOOTTIME: for durations and time-outs.  It goes on while
   the machine sleeps and never jumps.  */
int64_t azml__clock_boot_ms (void);

/* The same in microseconds.  */
int64_t azml__clock_boot_us (void);

#define AZML__CLOCK_TEXT_SIZE 32

/* Write MS since 1970 as "2026-01-31T13:05:59.123Z" into TEXT; return TEXT.  */
char *azml__clock_format (int64_t ms, char text[AZML__CLOCK_TEXT_SIZE]);

/* Read such a text (fraction optional).  Return -1 if TEXT is none.  */
int64_t azml__clock_parse (const char *text);

/* Copy this boot's id (36 characters; "" where the kernel tells none) to ID.  */
void azml__clock_boot_id (char id[40]);

#endif

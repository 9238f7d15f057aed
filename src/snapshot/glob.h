/* glob.h: one component of an ignore pattern.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_GLOB_H
#define AZML_SNAPSHOT_GLOB_H

#include <stddef.h>

/* 1 if the N bytes of NAME, without a slash, match the M bytes of PATTERN: `*`,
   `?`,
   `[...]` and backslash.  The time is at most N times M.  */
int azml__glob_match (const char *pattern, size_t m, const char *name, size_t n);

/* The end of the bracket expression that starts at PATTERN[AT]: where its `]` is,
   or M if it has none.  */
size_t azml__glob_bracket_end (const char *pattern, size_t m, size_t at);

#endif

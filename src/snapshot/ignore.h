/* ignore.h: what a snapshot leaves out, in gitignore's syntax.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_IGNORE_H
#define AZML_SNAPSHOT_IGNORE_H

#include "core/error.h"

/* The rules of one ignore file, and those of the folders above it.  */
typedef struct azml__ignore azml__ignore;

/* Parse N bytes of TEXT, the ignore file of the folder whose path has BASE bytes
   (its slash included; 0: the top).  ABOVE (borrowed, NULL: none) are the rules
   that hold where these do not decide; it must outlive *RET (new).  A pattern that
   can never match is no error, as in git.  */
int azml__ignore_parse (const char *text, size_t n, size_t base,
                        const azml__ignore *above, azml__ignore **ret,
                        azml_error **err);

/* The same for a file whose patterns are meant from a folder above the top on: PREFIX, with
   a slash at the end, leads from there to the top.  */
int azml__ignore_parse_above (const char *text, size_t n, const char *prefix,
                              const azml__ignore *above, azml__ignore **ret,
                              azml_error **err);

void azml__ignore_free (azml__ignore *ignore);
AZML_DEFINE_AUTO (azml__ignore, azml__ignore_free)

/* 1 if RULES (NULL: none) leave PATH out.  The last pattern that matches decides,
   the deepest file first.  What is below a folder that is left out is not asked
   for: it cannot come back.  */
int azml__ignore_match (const azml__ignore *rules, const char *path, int is_folder);

#endif

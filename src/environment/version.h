/* version.h: what a specification says about the version of Python.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   "3.11" is every 3.11.x, "3.11.2" only that one; ">=3.9", "<3.13", "!=3.10.1",
   "==3.11.*" and "~=3.10" may be joined by commas.  */

#ifndef AZML_ENVIRONMENT_VERSION_H
#define AZML_ENVIRONMENT_VERSION_H

#include "core/error.h"

/* AZML_E_INVALID unless TEXT is such a requirement.  */
int azml__version_check (const char *text, azml_error **err);

/* 1 if VERSION ("3.11.2", "3.13.0rc1") is what REQUIREMENT asks for.  */
int azml__version_matches (const char *requirement, const char *version);

/* Less than, equal to or greater than 0 as version A is before, like or after B. */
int azml__version_compare (const char *a, const char *b);

/* Store major and minor number in RET if REQUIREMENT names exactly these ("3.11",
   "3.11.2", "==3.11.*") and return 1, else return 0.  */
int azml__version_minor (const char *requirement, int ret[2]);

/* 1 if REQUIREMENT is a version and not a comparison.  */
int azml__version_is_plain (const char *requirement);

#endif

/* size.h: how much disk a folder takes.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_SIZE_H
#define AZML_ENVIRONMENT_SIZE_H

#include <stdint.h>

/* Bytes on disk of PATH and all below it; what cannot be read counts nothing.  */
int64_t azml__size_of_tree (const char *path);

#endif

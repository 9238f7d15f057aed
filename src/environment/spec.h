/* spec.h: the specification of an environment: is it well formed, what is its hash?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_SPEC_H
#define AZML_ENVIRONMENT_SPEC_H

#include <jansson.h>

#include "core/error.h"

/* Check SPEC (NULL and null: nothing needed) and store a copy without empty fields
 *in RET (new).  AZML_E_INVALID names the field and the value that cannot be used.
 */
int azml__spec_normalise (const json_t *spec, json_t **ret, azml_error **err);

/* 1 if a normalised SPEC needs something built: it has pip or conda packages.  */
int azml__spec_is_built (const json_t *spec);

/* The content hash (new, 64 hex digits) of a normalised SPEC built by BUILDER with
   the Python PYTHON (NULL: the builder brings its own) for PLATFORM: SHA-256 of the
   canonical JSON that doc/run-directory.md defines.  */
int azml__spec_hash (const json_t *spec, const char *builder, const char *python,
                     const char *platform, char **ret, azml_error **err);

/* This machine as "x86_64-linux" (new); NULL when out of memory.  */
char *azml__spec_platform (void);

/* Length of the name that starts the requirement PACKAGE ("numpy" of "numpy>=1").
 */
size_t azml__spec_name_length (const char *package);

/* 1 if the first N bytes of A and the first M of B name one pip package (PEP 503:
   case, '-', '_' and '.' do not matter).  */
int azml__spec_same_name (const char *a, size_t n, const char *b, size_t m);

/* 1 if the array PACKAGES has one of this NAME.  */
int azml__spec_has (const json_t *packages, const char *name);

#endif

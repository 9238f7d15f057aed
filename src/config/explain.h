/* explain.h: what to write instead of what is no YAML.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_EXPLAIN_H
#define AZML_CONFIG_EXPLAIN_H

#include "config/document.h"

/* Add the problem for libyaml's complaint PROBLEM at AT, about what began at BEGAN in
   the CONTEXT; people's usual mistakes are looked for first.  */
void azml__explain (azml__document *document, const char *problem, size_t at,
                    const char *context, size_t began);

/* The problem of the line at OFFSET if it is "key:value", which is no entry of a map;
   return 1 if there was one.  */
int azml__explain_no_blank (azml__document *document, const char *severity,
                            size_t offset);

#endif

/* compose.h: libyaml's events become a tree.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_COMPOSE_H
#define AZML_CONFIG_COMPOSE_H

#include "config/document.h"

/* Parse the text of DOCUMENT and set its root; what is no YAML becomes a problem.  */
int azml__compose (azml__document *document, azml_error **err);

#endif

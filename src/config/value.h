/* value.h: what one key holds.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_VALUE_H
#define AZML_CONFIG_VALUE_H

#include "config/reader.h"

/* The value NODE of KEY as its type has it (new); NULL: it is of another type, which is
   a problem, or memory is out.  */
json_t *azml__value_read (azml__reader *reader, const azml__yaml *node,
                          const azml__key *key);

#endif

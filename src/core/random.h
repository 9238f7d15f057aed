/* random.h: ids.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_RANDOM_H
#define AZML_CORE_RANDOM_H

#include "core/error.h"

#define AZML__RANDOM_ID_LENGTH 12
#define AZML__RANDOM_ID_SIZE (AZML__RANDOM_ID_LENGTH + 1)

/* Write 12 random characters of [a-z0-9] and a NUL to ID.  36^12 is 4.7e18: two
   runs of one project with the same id do not happen.  */
int azml__random_id (char id[AZML__RANDOM_ID_SIZE], azml_error **err);

#endif

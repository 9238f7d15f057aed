/* compare.h: one comparison of a filter, as SQL.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_STORE_COMPARE_H
#define AZML_STORE_COMPARE_H

#include "store/where.h"

typedef struct azml__comparison
{
  azml__where *where; /* gets the SQL and the values */
  const char *text;   /* the whole filter, for messages */
  int64_t now;
  const azml__field *field;
  const char *op;           /* NULL: does the run have it? */
  const azml__token *value; /* NULL then */
  int negated;              /* it stands under a `not` */
  int necessary;            /* unless it is true, no run matches */
} azml__comparison;

int azml__comparison_add (const azml__comparison *comparison, azml_error **err);

#endif

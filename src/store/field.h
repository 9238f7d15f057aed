/* field.h: what a run can be searched and sorted by.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_STORE_FIELD_H
#define AZML_STORE_FIELD_H

#include <jansson.h>

#include "store/token.h"

typedef enum azml__field_kind
{
  AZML__FIELD_TEXT,
  AZML__FIELD_STATE,
  AZML__FIELD_NUMBER,
  AZML__FIELD_SECONDS,
  AZML__FIELD_TIME,
  AZML__FIELD_METRIC,
  AZML__FIELD_PARAMETER
} azml__field_kind;

typedef struct azml__field
{
  azml__field_kind kind;
  const char *column; /* of runs or details; of metrics: last, min, max or count */
  int in_details;
  char *name; /* of the metric or parameter (new), else NULL */
} azml__field;

void azml__field_done (azml__field *field);

/* The field that the word TOKEN names.  AZML_E_INVALID, with a hint: there is none;
   TEXT, the whole filter, is for the message.  */
int azml__field_find (const char *text, const azml__token *token, azml__field *ret,
                      azml_error **err);

/* Where FIELD is a metric or a parameter, append ["metrics" or "parameters", NAME] to the
   array *NAMES, which is made if it is NULL.  */
int azml__field_note (const azml__field *field, json_t **names, azml_error **err);

#endif

/* make.h: what the functions for GNU Make share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The object is loaded into make, which may hold a libguile of its own: so it links
   libazml and jansson, and never Guile.  A function that fails expands to nothing only
   after make was told to stop, with $(error).  */

#ifndef AZML_MAKE_MAKE_H
#define AZML_MAKE_MAKE_H

#include <azml/azml.h>
#include <gnumake.h>
#include <jansson.h>
#include <stdlib.h>

/* A function for makefiles: its arguments, the answer in *RET (new), 0 or a negative
   code as in libazml.  */
typedef struct azml_call
{
  unsigned int argc;
  char **argv;
} azml_call;

/* Argument N of CALL without blanks around it; "" if there is none.  Borrowed.  */
const char *azml_call_argument (const azml_call *call, unsigned int n);

/* Note why a function fails.  Return CODE.  */
int azml_make_fail (int code, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* The same for an error of libazml (taken).  */
int azml_make_fail_with (azml_error *err);

/* The project of the working folder and its index, opened once (borrowed).  */
int azml_make_project (azml_project **ret);
int azml_make_history (azml_history **ret);

/* The text of VALUE as a makefile wants it (new): a string as it is, a number in its
   shortest form, the words of an array with a blank between them.  */
char *azml_make_text (const json_t *value);

/* What RUN says of FIELD (new): id, directory, state, a key of run.json or status.json,
   parameters.NAME, metrics.NAME with .last, .min, .max or .count.  AZML_E_NOT_FOUND:
   it says nothing.  */
int azml_make_field (azml_run *run, const char *field, char **ret);

/* The functions, one for each name in a makefile.  */
int azml_make_metric (const azml_call *call, char **ret);
int azml_make_run_field (const azml_call *call, char **ret);
int azml_make_outputs (const azml_call *call, char **ret);
int azml_make_stale (const azml_call *call, char **ret);
int azml_make_targets (const azml_call *call, char **ret);
int azml_make_target_field (const azml_call *call, char **ret);
int azml_make_gpus_free (const azml_call *call, char **ret);
int azml_make_quote (const azml_call *call, char **ret);

#endif

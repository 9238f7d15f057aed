/* error.h: making and passing on error objects.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A function that can fail takes `azml_error **err` last and returns the code.
   *ERR is untouched on success; ERR may be NULL.  Messages: one line, lower case,
   no full stop, names in '...', never a secret.  A newline in an argument is escaped.  */

#ifndef AZML_CORE_ERROR_H
#define AZML_CORE_ERROR_H

#include <azml/error.h>
#include <jansson.h>
#include <stdarg.h>

#include "core/cleanup.h"

AZML_DEFINE_AUTO (azml_error, azml_error_free)

/* Store an error in *ERR (an earlier one is freed).  Return CODE.  */
int
azml__error_set (azml_error **err, int code, azml_domain domain, int native,
                 const char *format, ...) __attribute__ ((format (printf, 5, 6)));

/* The same for domain core.  */
int azml__error (azml_error **err, int code, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* The same for a failed system call: ERRNUM is its errno, whose text is appended
   ("open 'x': no such file or directory").  The code follows from ERRNUM
   (ENOENT: AZML_E_NOT_FOUND, ENOSPC: AZML_E_NO_SPACE, ...).  */
int azml__error_os (azml_error **err, int errnum, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* Out of memory: a static object that azml_error_free ignores.  */
int azml__error_no_memory (azml_error **err);

/* Hand *FROM (NULL afterwards; NULL: there is none) to the caller: it replaces *ERR, or is
   freed if ERR is NULL.  */
void azml__error_move (azml_error **err, azml_error **from);

/* Put "FORMAT: " before the message of *ERR.  Return RC.  */
int azml__error_prefix (azml_error **err, int rc, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* Set the hint of *ERR, if there is an error object.  */
void azml__error_hint (azml_error **err, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Append LINES, each behind a newline, to the message of *ERR, if there is an error
   object: what another program said.  The newlines stay, whatever else is no
   printable UTF-8 is escaped.  */
void azml__error_lines (azml_error **err, const char *lines);

/* {"code":"not-found","domain":"os","native":2,"message":...,"hint":...}, new
   reference; the form of an error on the wire and in status.json.  NULL when out of
   memory.  */
json_t *azml__error_to_json (const azml_error *err);

/* Store in *ERR the error that JSON describes; whatever is missing or strange
   becomes AZML_E_FAILED.  Return its code.  */
int azml__error_from_json (azml_error **err, const json_t *json);

#endif

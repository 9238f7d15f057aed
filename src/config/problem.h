/* problem.h: what is wrong in a document, and where.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A problem is {"severity": "error"|"warning"|"note", "line", "column", "message",
   "hint", "text", "caret"}: TEXT is the line, with what may be secret left out, and
   CARET the column in it.  An error means that the file cannot be used, a warning that
   it does not do what it seems to; a note says what is ignored, and why.  */

#ifndef AZML_CONFIG_PROBLEM_H
#define AZML_CONFIG_PROBLEM_H

#include "config/document.h"

/* Add a problem at OFFSET of the text; HINT, what to write instead, may be NULL.  */
void azml__problem_add (azml__document *document, const char *severity,
                        size_t offset, const char *hint, const char *format, ...)
    __attribute__ ((format (printf, 5, 6)));

/* The same with a hint that FORMAT makes.  */
void azml__problem_hint (azml__document *document, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Do not show the lines of the problems after the first N: they hold a secret that
   their words do not tell.  */
void azml__problem_hide (azml__document *document, size_t n);

/* The place of OFFSET in the text.  */
azml__place azml__document_place (const azml__document *document, size_t offset);

/* The line that holds OFFSET: where it begins, and its length without the line end. */
size_t azml__document_line (const azml__document *document, size_t offset,
                            size_t *ret_length);

#endif

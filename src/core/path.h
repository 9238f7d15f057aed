/* path.h: file names as bytes.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_PATH_H
#define AZML_CORE_PATH_H

/* "A/B" (new); B alone if it is absolute.  NULL when out of memory.  */
char *azml__path_join (const char *a, const char *b);

/* "A/B/C" (new).  NULL when out of memory.  */
char *azml__path_join3 (const char *a, const char *b, const char *c);

/* A printf-formatted path (new).  NULL when out of memory.  */
char *
azml__path_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* The part of PATH after its last slash.  Borrowed.  */
const char *azml__path_base (const char *path);

/* The folder that PATH is in (new): "." for a bare name.  NULL when out of
   memory.  */
char *azml__path_folder (const char *path);

/* 1 if PATH is relative, not empty, and stays below where it starts: no empty, "."
   or ".." component, no NUL.  What a remote names must pass this.  */
int azml__path_is_inside (const char *path);

/* The first executable regular file NAME on the colon-separated SEARCH (NULL:
   $PATH) (new), or NULL.  A NAME with a slash is looked at as it is.  */
char *azml__path_program (const char *name, const char *search);

#endif

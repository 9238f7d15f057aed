/* interpreter.h: what one Python interpreter is, asked once.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_INTERPRETER_H
#define AZML_ENVIRONMENT_INTERPRETER_H

#include <jansson.h>

/* What is known of an interpreter: "path" as it was found, "version", "executable"
   (itself, behind shims and links of version managers) and "base" (the interpreter
   that its virtual environment, if it is in one, was made from).  */

/* Look at the interpreter PATH; it is started unless the file has not changed since
   that was last done.  Return what is known (borrowed), NULL if it does not work.
 */
const json_t *azml__interpreter_look (const char *path);

/* Read and write what is known of interpreters in ROOT/env/pythons.json.  A file
   that cannot be read or written costs time, nothing else.  */
void azml__interpreter_load (const char *root);
void azml__interpreter_save (const char *root);

#endif

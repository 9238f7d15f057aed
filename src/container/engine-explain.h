/* engine-explain.h: what an engine prints when it fails, in one line.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_ENGINE_EXPLAIN_H
#define AZML_CONTAINER_ENGINE_EXPLAIN_H

#include "core/error.h"

/* The error for what an engine printed, TEXT: one line, WHAT in front, then the last
   lines; a hint where there is a way out.  Returns its code.  */
int azml__engine_explain (const char *what, const char *text, azml_error **err);

/* 1 if TEXT says that this user may not use the daemon.  */
int azml__engine_is_denied (const char *text);

#endif

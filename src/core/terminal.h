/* terminal.h: ask the user something on the terminal.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   On /dev/tty, never on standard input or output, which may be anything.  */

#ifndef AZML_CORE_TERMINAL_H
#define AZML_CORE_TERMINAL_H

#include <azml/cancel.h>
#include <stddef.h>

#include "core/error.h"

/* 1 if there is a terminal and this process may ask on it: one in the background would
   be stopped.  */
int azml__terminal_present (void);

/* Write PROMPT, read a line, with ECHO 0 unseen; store it without its end (new, free
   it with azml__secret_free) in *RET.  The prompt is shown as printable characters
   only, whoever thought of it.  AZML_E_CANCELLED: CANCEL was set, or the user closed
   the input.  AZML_E_UNSUPPORTED: there is no terminal.  */
int azml__terminal_ask (const char *prompt, int echo, azml_cancel *cancel,
                        char **ret, azml_error **err);

/* Write TEXT, lines of ours.  */
void azml__terminal_say (const char *text);

/* Overwrite the string SECRET and free it.  NULL is fine.  */
void azml__secret_free (char *secret);

static inline void
azml__auto_secret (char **secret)
{
  azml__secret_free (*secret);
}
#define AZML_AUTO_SECRET AZML_CLEANUP (azml__auto_secret) char *

#endif

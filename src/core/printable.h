/* printable.h: bytes as one line of UTF-8.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_PRINTABLE_H
#define AZML_CORE_PRINTABLE_H

/* TEXT (taken) if it is one line of UTF-8; else a copy (new) with \n, \t and \xNN in
   place of control characters and of bytes that are no UTF-8.  Names of files may hold
   anything but NUL.  NULL when out of memory, and for NULL.  */
char *azml__printable (char *text);

#endif

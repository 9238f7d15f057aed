/* copy.h: one file, copied to another name.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_COPY_H
#define AZML_SNAPSHOT_COPY_H

#include <azml/cancel.h>

#include "core/error.h"

/* Replace the file TO by a copy of the regular file FROM: it appears complete or not at
   all, with the time of now, executable as FROM is, else as the umask says.  It shares
   FROM's blocks where the file system can.  AZML_E_NOT_FOUND: FROM is not there, or no
   regular file.  AZML_E_CANCELLED.  */
int azml__copy_file (const char *from, const char *to, azml_cancel *cancel,
                     azml_error **err);

#endif

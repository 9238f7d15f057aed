/* reads.h: which files of the snapshot the job read.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each file of source/ is given an access time of long ago; a kernel that keeps access
   times, also only relative ones (relatime, the default), replaces it when the file is
   read.  Where it keeps none, every file counts as read, and the record says so.  */

#ifndef AZML_RUNNER_READS_H
#define AZML_RUNNER_READS_H

#include "runner/record.h"

/* Make the files of source/, which was just made, ready.  A job that does not ask for the
   record costs nothing.  */
void azml__reads_begin (azml__runner *runner);

/* Write reads.json (doc/run-directory.md).  Call it before anything of ours reads
   source/ again.  */
void azml__reads_report (azml__runner *runner);

#endif

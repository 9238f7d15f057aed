/* spare.h: a source tree that is made before it is asked for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   To make thousands of files real takes longer than to connect to a machine.  So the
   runner of such a run, when that has ended, makes the same tree once more, in RUNS/.spare:
   the next run renames it to its source/ and changes in it what is different.  A tree
   belongs to nobody until it is taken, to one run afterwards.  */

#ifndef AZML_RUNNER_SPARE_H
#define AZML_RUNNER_SPARE_H

#include "runner/record.h"

/* Make source/ of a spare tree.  Return 1 if this succeeded; 0: there is no source/.
   The umask is the job's.  */
int azml__spare_take (azml__runner *runner);

/* The run has ended: make a spare tree in a process of its own, unless it is there or
   not worth it.  Returns at once.  */
void azml__spare_make (const azml__runner *runner);

/* Remove the trees in the open folder RUNS, which is PATH, that were not touched for AGE
   seconds or are of no use any more (DRY_RUN: only look).  Store how many trees and bytes
   in *RET_TREES and *RET_BYTES.  */
int azml__spare_collect (int runs, const char *path, double age, int dry_run,
                         int64_t *ret_trees, int64_t *ret_bytes, azml_error **err);

#endif

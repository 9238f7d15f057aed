/* table.h: the functions for makefiles, for what registers them and for what has them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_MAKE_TABLE_H
#define AZML_MAKE_TABLE_H

/* NAME, what does it, the least and the most arguments; a comma in the last one is
   text.  */
#define AZML_MAKE_FUNCTIONS(F)                                                     \
  F ("azml-metric", azml_make_metric, 2, 6)                                        \
  F ("azml-run-field", azml_make_run_field, 2, 3)                                  \
  F ("azml-outputs", azml_make_outputs, 1, 2)                                      \
  F ("azml-stale", azml_make_stale, 2, 4)                                          \
  F ("azml-targets", azml_make_targets, 0, 1)                                      \
  F ("azml-target-field", azml_make_target_field, 2, 3)                            \
  F ("azml-gpus-free", azml_make_gpus_free, 0, 1)                                  \
  F ("azml-quote", azml_make_quote, 1, 1)

/* The object that has them, and its one entry: as a function of GNU Make is called.  */
#define AZML_MAKE_OBJECT "azml_make.so"
#define AZML_MAKE_ENTRY "azml_make_call"
typedef char *azml_make_caller (const char *name, unsigned int argc, char **argv);

#endif

/* lease-words.h: the place of the leased GPUs in a wrapper's words.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_LEASE_WORDS_H
#define AZML_RUNNER_LEASE_WORDS_H

#include "runner/record.h"

/* Replace the word @gpus@ among those of the wrapper in runner->command by what job.json
   says for VISIBLE, UUIDs with commas between; by nothing if that is "".  */
int azml__lease_words (azml__runner *runner, const char *visible, azml_error **err);

/* The words that stand for VISIBLE: TEMPLATE (NULL: none), once, or for each GPU if
   @uuid@ is in it; @uuids@ is all of VISIBLE.  Appended to WORDS.  */
void azml__lease_words_add (azml__words *words, char *const *template,
                            const char *visible);

#endif

/* words.h: the words of `docker run`.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_WORDS_H
#define AZML_CONTAINER_WORDS_H

#include "container/container.h"

/* The words of the engine's `run`, the image and what is behind it included.  MACHINE are
   the GPUs of which the run has some, or NULL.  */
int
azml__container_words (azml__container *container, const azml__gpu_list *machine,
                       azml__words *words, azml_error **err);

/* The words that say whose the container is.  */
void azml__container_labels (const azml__container *container, azml__words *words);

/* Write passwd and group for the container.  */
int azml__container_accounts (const azml__container *container, azml_error **err);

#endif

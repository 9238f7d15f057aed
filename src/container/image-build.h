/* image-build.h: the image of an environment, built once.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_IMAGE_BUILD_H
#define AZML_CONTAINER_IMAGE_BUILD_H

#include "container/container.h"

/* See that the image of the job's environment, container->hash, is there, and take it.  KNOWN
   are the facts of one that was found, or NULL.  */
int azml__image_environment (azml__container *container, const json_t *known,
                             azml_error **err);

#endif

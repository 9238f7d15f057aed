/* image.h: the image of a container, and what the engine tells of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_IMAGE_H
#define AZML_CONTAINER_IMAGE_H

#include "container/container.h"

/* The labels of an image that was built for an environment.  */
#define AZML__LABEL_ENVIRONMENT "azml.environment"
#define AZML__LABEL_BASE "azml.base"
#define AZML__LABEL_PACKAGES "azml.packages"
#define AZML__LABEL_PYTHON "azml.python"

/* The label NAME of the image with the FACTS, or NULL.  Borrowed.  */
const char *azml__image_label (const json_t *facts, const char *name);

#define AZML__IMAGE_NAME "azml/env:"

/* The volume with the cache of pip and conda, which builds of this engine share.  */
#define AZML__IMAGE_CACHE "azml-cache"

/* Move the JSON objects of TEXT, which an engine printed, to LIST; the rest, which is for
   people, stays.  */
void azml__image_objects (azml__buffer *text, json_t *list);

/* Ask the engine about IMAGES (NULL-terminated): store those that are there in *RET (an
   array, new).  Goes through sudo if need be.  */
int azml__image_inspect (azml__container *container, const char *const *images,
                         json_t **ret, azml_error **err);

/* Say what is known of the image in the status, and the versions in environment.lock.  */
void
azml__image_report (const azml__container *container, int built, double seconds);

/* Say how little room there is before it is needed.  */
void azml__image_look_at_disk (const azml__container *container);

#endif

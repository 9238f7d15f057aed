/* image-context.h: what the script that installs an environment reads.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_IMAGE_CONTEXT_H
#define AZML_CONTAINER_IMAGE_CONTEXT_H

#include "container/container.h"

/* Write into the folder container/build what the script reads.  */
int azml__image_context (const azml__container *container, const json_t *spec,
                         azml_error **err);

/* The file with the certificates that pip trusts on this machine (new), or NULL.  */
char *azml__image_certificates (void);

/* Append mounts for the folders in which pip looks for packages.  */
void azml__image_links (azml__words *words);

#endif

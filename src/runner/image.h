/* image.h: the image of a container, and those that are built for environments.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_IMAGE_H
#define AZML_RUNNER_IMAGE_H

#include "runner/container.h"

/* The labels of an image that was built for an environment.  */
#define AZML__LABEL_ENVIRONMENT "azml.environment"
#define AZML__LABEL_BASE "azml.base"
#define AZML__LABEL_PACKAGES "azml.packages"
#define AZML__LABEL_PYTHON "azml.python"

#define AZML__IMAGE_INSTALLED "azml: installed\n"

/* The label NAME of the image with the FACTS, or NULL.  Borrowed.  */
const char *azml__image_label (const json_t *facts, const char *name);

/* The script that installs, see image-script.c.  */
extern const char azml__image_script[];

#define AZML__IMAGE_NAME "azml/env:"

/* See that the image of the job's environment, container->hash, is there, and take it.  KNOWN
   are the facts of one that was found, or NULL.  */
int azml__image_environment (azml__runner *runner, const json_t *known,
                             azml_error **err);

/* Ask the engine about IMAGES (NULL-terminated): store those that are there in *RET (an
   array, new).  Goes through sudo if need be.  */
int azml__image_inspect (azml__runner *runner, const char *const *images,
                         json_t **ret, azml_error **err);

/* Write into the folder container/build what the script reads.  */
int azml__image_context (const azml__runner *runner, const json_t *spec,
                         azml_error **err);

/* The file with the certificates that pip trusts on this machine (new), or NULL.  */
char *azml__image_certificates (void);

/* Append mounts for the folders in which pip looks for packages.  */
void azml__image_links (azml__words *words);

/* Say what is known of the image in the status, and the versions in environment.lock.  */
void azml__image_report (azml__runner *runner, int built, double seconds);

/* Say how little room there is before it is needed.  */
void azml__image_look_at_disk (azml__runner *runner);

#endif

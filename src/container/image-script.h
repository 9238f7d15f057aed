/* image-script.h: what is executed in a container to install an environment.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_IMAGE_SCRIPT_H
#define AZML_CONTAINER_IMAGE_SCRIPT_H

extern const char azml__image_script[];

/* Behind this line the script prints what is installed.  */
#define AZML__IMAGE_INSTALLED "azml: installed\n"

#endif

/* image-collect.h: images and containers of ours that nobody needs, and the builds' cache.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_IMAGE_COLLECT_H
#define AZML_CONTAINER_IMAGE_COLLECT_H

#include "environment/environment.h"

/* Hold the environment's image HASH of ROOT, or AZML__IMAGE_CACHE, which a run uses from now
   on: nobody removes it as long as the descriptor in *RET_FD (new) is open.  Returns 0 if
   somebody removes it just now, 1 if it is held; where no lock can be had *RET_FD is -1.  */
int azml__image_hold (const char *root, const char *hash, int *ret_fd);

/* Remove what the labels say is ours: containers whose run is over, and images of
   environments that no run of ROOT has used for as long as POLICY says, or that were made
   anew; and the cache, if no run of ROOT has built for so long.  Append {"what": "container",
   "image" or "volume", "name", "bytes"} for each to REMOVED.  A machine without an engine, or
   whose engine does not answer, has none.  */
int azml__image_collect (const char *root, const azml__environment_policy *policy,
                         json_t *removed, azml_error **err);

#endif

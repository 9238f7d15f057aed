/* engine-restart.h: what becomes of containers when the daemon is restarted.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_ENGINE_RESTART_H
#define AZML_CONTAINER_ENGINE_RESTART_H

#include "container/container.h"

/* 1 if the daemon of CONTAINER forgets what runs with --rm when it is restarted.  */
int azml__engine_forgets (const azml__container *container);

#endif

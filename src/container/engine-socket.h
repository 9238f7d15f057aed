/* engine-socket.h: one question to the daemon that the docker command need not ask.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_ENGINE_SOCKET_H
#define AZML_CONTAINER_ENGINE_SOCKET_H

#include "container/engine.h"
#include "core/json.h"

/* Ask the daemon itself about IMAGE.  1: *RET has the facts (new), as `docker image inspect`
   gives them; 0: there is no such image; -1: the command is to be asked.  */
int
azml__engine_image (const azml__engine *engine, const char *image, json_t **ret);

#endif

/* engine.h: the command of a container engine, docker or podman.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONTAINER_ENGINE_H
#define AZML_CONTAINER_ENGINE_H

#include "core/error.h"
#include "process/words.h"

typedef struct azml__engine
{
  azml__words words;     /* docker; or sudo -n docker --host ... */
  azml__words variables; /* this machine's, for it */
  int podman;
  int rootless; /* root in a container is this user */
  int sudo;
} azml__engine;

#define AZML__ENGINE_INIT                                                          \
  {                                                                                \
    AZML__WORDS_INIT, AZML__WORDS_INIT, 0, 0, 0                                    \
  }

/* Find the engine NAME ("docker", "podman"; NULL: the first of them that is there) on
   PATH.  AZML_E_NOT_FOUND.  */
int azml__engine_find (azml__engine *engine, const char *name, azml_error **err);

/* Go through sudo, as this user may not use the daemon.  */
void azml__engine_raise (azml__engine *engine);

void azml__engine_done (azml__engine *engine);

/* How many seconds the engine has for what usually takes it less than USUAL.  */
int azml__engine_patience (int usual);

/* The name of the context that docker uses (new), or NULL: none was chosen.  */
char *azml__engine_context (const azml__words *variables);

#endif

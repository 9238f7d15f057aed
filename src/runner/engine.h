/* engine.h: the command of a container engine, docker or podman.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_ENGINE_H
#define AZML_RUNNER_ENGINE_H

#include "core/buffer.h"
#include "core/json.h"
#include "process/command.h"

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

struct azml__runner;

/* Find the engine NAME ("docker", "podman"; NULL: the first of them that is there) on
   PATH.  AZML_E_NOT_FOUND.  */
int azml__engine_find (azml__engine *engine, const char *name, azml_error **err);

/* Go through sudo, as this user may not use the daemon.  */
void azml__engine_raise (azml__engine *engine);

void azml__engine_done (azml__engine *engine);

/* Execute ENGINE with WORDS and append what it prints to OUTPUT, at most so many SECONDS
   long.  Store its wait status in *RET_STATUS.  AZML_E_CANCELLED: the run is to end;
   AZML_E_TIMEOUT: the daemon hangs.  */
int azml__engine_ask (struct azml__runner *runner, const azml__engine *engine,
                      char *const *words, int seconds, azml__buffer *output,
                      int *ret_status, azml_error **err);

/* The same for what may take long, with the output in prepare.log.  On failure (a status
   that is not 0) ERR has what the last lines tell; WHAT is how the message begins.  */
int azml__engine_work (struct azml__runner *runner, const azml__engine *engine,
                       char *const *words, const char *what, azml_error **err);

/* And with INPUT (-1: none) to read.  */
int azml__engine_feed (struct azml__runner *runner, const azml__engine *engine,
                       char *const *words, int input, const char *what,
                       azml_error **err);

/* The name of the context that docker uses (new), or NULL: none was chosen.  */
char *azml__engine_context (const azml__words *variables);

/* Ask the daemon itself about IMAGE.  1: *RET has the facts (new), as `docker image inspect`
   gives them; 0: there is no such image; -1: the command is to be asked.  */
int
azml__engine_image (const azml__engine *engine, const char *image, json_t **ret);

/* The error for what an engine printed, TEXT: one line, WHAT in front, then the last
   lines; a hint where there is a way out.  Returns its code.  */
int azml__engine_explain (const char *what, const char *text, azml_error **err);

/* 1 if the daemon of ENGINE forgets what runs with --rm when it is restarted.  */
int azml__engine_forgets (struct azml__runner *runner, const azml__engine *engine);

/* 1 if TEXT says that this user may not use the daemon.  */
int azml__engine_is_denied (const char *text);

/* What prepare.log of the run directory FOLDER has from OFFSET on.  */
void azml__prepare_log_read (int folder, off_t offset, azml__buffer *output);
off_t azml__prepare_log_size (int folder);

#endif

/* container.h: a run whose command is in a container.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The runner starts `docker run`; in the container this same program is the first process
   (inner.c), which starts the command.  They have the run directory in common: it has the
   same path inside.  What the inner one needs stands in container/job.json, how it ended
   in inner.json.  */

#ifndef AZML_RUNNER_CONTAINER_H
#define AZML_RUNNER_CONTAINER_H

#include "runner/container-gpus.h"
#include "runner/engine.h"
#include "runner/runner.h"

/* Where things are inside.  */
#define AZML__CONTAINER_TOOLS "/opt/azml"
#define AZML__CONTAINER_RUNNER AZML__CONTAINER_TOOLS "/azml-runner"
#define AZML__CONTAINER_PYTHON AZML__CONTAINER_TOOLS "/python"
#define AZML__CONTAINER_SHARE_FOLDER "/azureml-share"
#define AZML__CONTAINER_SHARE AZML__CONTAINER_SHARE_FOLDER "/"

typedef struct azml__container
{
  azml__engine engine;
  const json_t *spec; /* "container" of the wrapper; borrowed from the job */
  char *name;         /* of the container */
  char *base;         /* the image that was asked for */
  char *hash;         /* of the environment, or NULL */
  char *image;        /* the one that is run: that, or the environment's */
  json_t *facts;      /* what the engine tells of it */
  off_t log_start;    /* where in prepare.log the engine begins */
  azml__gpu_door door;
  int adrift;    /* the engine's command is gone, the container is not */
  int used;      /* a descriptor that keeps others from removing the image, or -1 */
  int stays;     /* when it has ended: it was not started with --rm */
  int fetched;   /* the image was pulled for this run */
  int ready;     /* job.json was written */
  int copied;    /* copies in place of mounts, see container-copy.c */
  int leash;     /* then: those inside live as long as it is open; else -1 */
  int64_t since; /* and when they were made, in seconds */
} azml__container;

/* Find the engine, see that the image is there and the environment's is built.  On failure
   *RET_CAUSE (borrowed for ever) is the cause for the status.  */
int azml__container_prepare (azml__runner *runner, const char **ret_cause,
                             azml_error **err);

/* Bring the image here, if it is not, and see that the one of the job's environment is
   built; fill container->image and ->facts.  Part of the above.  */
int
azml__image_ensure (azml__runner *runner, const char **ret_cause, azml_error **err);

/* Write how to reach the engine again to container/engine.json.  */
int azml__container_address (const azml__runner *runner, azml_error **err);

/* Append the options for a mount of FROM at TO.  */
void azml__mount_add (azml__words *words, const char *from, const char *to,
                      int read_only);

/* The variables of the image, for the command: see azml__compose.  */
void
azml__container_inherit (const azml__container *container, azml__words *variables);

/* The words of the image's own entry point, if it is asked for.  */
void azml__container_entry (const azml__container *container, azml__words *words);

/* Turn runner->command, which is the one inside, into the engine's that starts the
   container; write what the inner runner reads.  */
int azml__container_ready (azml__runner *runner, azml_error **err);

/* The words of the engine's `run`, the image and what is behind it included.  */
int
azml__container_words (azml__runner *runner, azml__words *words, azml_error **err);

/* Write passwd and group for the container.  */
int azml__container_accounts (const azml__runner *runner, azml_error **err);

/* Pass signal NUMBER on to the container, where signals to the engine's command do not
   reach it.  */
void azml__container_signal (azml__runner *runner, int number);

/* The engine's command ended with STATUS: put how the job ended into the status.  Returns 1
   if inner.json tells it, with the wait status of the job in *RET_STATUS; 0 if the container
   did not begin or was ended from outside: the cause is in the status.  */
int azml__container_end (azml__runner *runner, int status, int *ret_status);

/* The engine's command has ended.  Return 1 if the container goes on without it, as it does
   when the daemon is restarted with live-restore: *RET_PID is a child that ends with it.  */
int azml__container_goes_on (azml__runner *runner, pid_t *ret_pid);

/* Remove the container that the run directory FOLDER names, if there is one: it and all in it
   is gone then.  What was copied comes back first.  For whoever ends a run.  */
void azml__container_remove (int folder);

/* The same; an error if not all came back.  */
int azml__container_take_leave (int folder, azml_error **err);

/* Wait for PID, at most half a minute; then kill it.  1 if it ended well.  */
int azml__container_wait (pid_t pid);

/* 1 if the container did not begin because the daemon cannot mount what it was to.  */
int azml__container_is_shut_out (const azml__runner *runner);

/* Say that there will be copies, and WHY.  */
void azml__container_tell_copied (azml__runner *runner, const char *why);

/* Make the container with the WORDS of `create`, and copy all into it that the run needs;
   WORDS become those that start it.  */
int
azml__container_fill (azml__runner *runner, azml__words *words, azml_error **err);

/* End the container of ADDRESS (engine.json, which will not say again that there is something
   to bring back) and copy back what it leaves, into the run directory FOLDER and the shared
   one.  ENGINE has the words that reach it.  */
int azml__container_bring_back (int folder, json_t *address,
                                const azml__command *engine, azml_error **err);

/* Remove what only the container needed.  */
void azml__container_tidy (int folder);

void azml__container_free (azml__container *container);

#endif

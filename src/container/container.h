/* container.h: a container, as the runner of a run has it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The runner starts `docker run`; in the container this same program is the first process
   (inner.c), which starts the command.  They have the run directory in common: it has the
   same path inside.  What the inner one needs stands in container/job.json, how it ended
   in inner.json.  */

#ifndef AZML_CONTAINER_CONTAINER_H
#define AZML_CONTAINER_CONTAINER_H

#include "charge/charge.h"
#include "charge/job.h"
#include "container/door.h"
#include "container/engine.h"
#include "lease/lease.h"
#include "process/command.h"
#include "process/memory.h"
#include "process/usage.h"

/* Where things are inside.  */
#define AZML__CONTAINER_TOOLS "/opt/azml"
#define AZML__CONTAINER_RUNNER AZML__CONTAINER_TOOLS "/azml-runner"
#define AZML__CONTAINER_PYTHON AZML__CONTAINER_TOOLS "/python"
#define AZML__CONTAINER_SHARE_FOLDER "/azureml-share"
#define AZML__CONTAINER_SHARE AZML__CONTAINER_SHARE_FOLDER "/"

typedef struct azml__runner azml__runner;

/* What a container has its runner do.  */
typedef struct azml__container_calls
{
  /* Wait for the child PID and see to the run meanwhile.  1: it ended by itself.  */
  int (*watch) (azml__runner *runner, pid_t pid, int *ret_status);
  /* 1 if the run is to end.  */
  int (*is_ending) (azml__runner *runner);
  /* Bring status.json up to date: something takes more than a moment.  */
  void (*save) (azml__runner *runner);
} azml__container_calls;

/* The run whose command is in the container; all borrowed from its runner.  */
typedef struct azml__container_run
{
  azml__charge *charge;
  const azml__job *job;
  json_t *status;
  const azml__lease *lease; /* the GPUs that it has */
  azml__usage *usage;       /* gets what was used inside */
  azml__memory *memory;     /* and who was killed for it there */
  azml__runner *runner;
  const azml__container_calls *calls;
} azml__container_run;

typedef struct azml__container
{
  azml__container_run run;
  azml__engine engine;
  const json_t *spec;  /* "container" of the wrapper; borrowed from the job */
  json_t *environment; /* what is to be installed, in normal form, or NULL */
  char *name;          /* of the container */
  char *base;          /* the image that was asked for */
  char *hash;          /* of the environment, or NULL */
  char *image;         /* the one that is run: that, or the environment's */
  json_t *facts;       /* what the engine tells of it */
  off_t log_start;     /* where in prepare.log the engine begins */
  azml__gpu_door door;
  int adrift;    /* the engine's command is gone, the container is not */
  int used;      /* a descriptor that keeps others from removing the image, or -1 */
  int stays;     /* when it has ended: it was not started with --rm */
  int fetched;   /* the image was pulled for this run */
  int ready;     /* job.json was written */
  int copied;    /* copies in place of mounts, see copy-in.h */
  int news;      /* tells of a new inner.json, see farewell.h; or -1 */
  pid_t parted;  /* the engine's command, which the run does not wait for; or 0 */
  int leash;     /* then: those inside live as long as it is open; else -1 */
  int64_t since; /* and when they were made, in seconds */
} azml__container;

/* That of RUN, new; NULL: out of memory.  */
azml__container *azml__container_new (const azml__container_run *run);
void azml__container_free (azml__container *container);

/* 1 if the run is to end.  */
int azml__container_is_ending (const azml__container *container);

/* Bring status.json up to date.  */
void azml__container_save (const azml__container *container);

/* The variables of the image, for the command: see azml__compose_command.  */
void
azml__container_inherit (const azml__container *container, azml__words *variables);

/* 1 if the image's own entry point is asked for and there is one.  Append its words.  */
int azml__container_has_entry (const azml__container *container);
void azml__container_entry (const azml__container *container, azml__words *words);

#endif

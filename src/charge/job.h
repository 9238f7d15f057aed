/* job.h: job.json, checked.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHARGE_JOB_H
#define AZML_CHARGE_JOB_H

#include <jansson.h>
#include <stdint.h>

#include "core/json.h"
#include "digest/sha256.h"
#include "gpu/request.h"

typedef struct azml__job
{
  char **argv;
  int python; /* argv[0] is the interpreter of the environment */
  int has_snapshot;
  int record_reads; /* tell which files of the snapshot were read */
  int no_spare;     /* neither take nor leave a source tree made in advance */
  azml__digest snapshot;
  char **setup;            /* or NULL */
  char **wrapper;          /* or NULL */
  char **wrapper_stop;     /* or NULL */
  char **wrapper_gpus;     /* or NULL: what @gpus@ in the wrapper stands for */
  json_t *container;       /* or NULL: the command is in a container, checked */
  char **python_path;      /* or NULL */
  char *working_directory; /* or NULL; inside source */
  char *share;         /* or NULL; "/..." or "~/...", for all runs of a project */
  double grace;        /* seconds */
  double time_limit;   /* seconds, 0: none */
  json_t *environment; /* owned references into job.json, NULL where absent */
  json_t *variables;
  json_t *steps;           /* [{"name", "argv"}], checked */
  json_t *inputs;          /* [{"name", "path"}], checked */
  json_t *patterns;        /* checked when compiled */
  azml__gpu_request *gpus; /* or NULL: nothing was said about GPUs */
} azml__job;

/* Read job.json of the run directory FOLDER, which belongs to run ID, into *JOB.
   AZML_E_FORMAT, with the key that is wrong.  */
int azml__job_read (azml__job *job, int folder, const char *id, azml_error **err);

/* The same for what job.json holds.  JOB is to be freed also after a failure.  */
int azml__job_check (azml__job *job, const json_t *json, const char *id,
                     azml_error **err);

void azml__job_done (azml__job *job);

#endif

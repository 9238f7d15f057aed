/* sampler-private.h: what the parts of the sampler share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_SAMPLER_PRIVATE_H
#define AZML_RUNNER_SAMPLER_PRIVATE_H

#include "gpu/sample.h"
#include "process/tree.h"
#include "runner/record.h"
#include "runner/sampler.h"

/* A process that was seen on a GPU.  */
typedef struct azml__gpu_user
{
  char uuid[80];
  pid_t pid;
  uint64_t start; /* see azml__process_start */
  int64_t memory; /* bytes, or unknown */
  int64_t seen_ms;
  int own;
} azml__gpu_user;

/* One nvidia-smi.  */
typedef struct azml__smi_stream
{
  char query[120];
  pid_t pid; /* 0: it does not run */
  int fd;
  int strange; /* it says what is not understood: an error */
  int changed; /* the query is another now: start it again at once */
  azml__buffer text;
  char said[160];   /* the last of what is strange, or "" */
  int tries;        /* how often it was started again */
  int told;         /* that was said */
  int64_t start_ms; /* when it began, or is to begin */
} azml__smi_stream;

struct azml__sampler
{
  char *smi;
  char *uuids; /* those that the run was given, or NULL */
  char *cards; /* the whole GPUs of these, or NULL: of the machine */
  const azml__gpu_list *list;
  azml__samples samples;
  azml__smi_stream readings, processes;
  azml__gpu_user *users;
  size_t n_users;
  azml__pids tree; /* the processes of the run when last looked */
  int started, stopped;
  int file;        /* gpu.jsonl, or -1 */
  int hidden;      /* CUDA_VISIBLE_DEVICES was empty in a process of the run */
  char astray[80]; /* a GPU that it was not given and went to all the same, or "" */
  azml__fact used;
  json_t *causes; /* why it was not, or NULL */
  json_t *shared; /* ids of runs whose GPUs it used, too */
};

/* 1 if process PID belongs to the run: it was below the runner, carries its id, or is in its
   container.  */
int azml__sampler_is_own (const azml__runner *runner, pid_t pid);

/* Start the nvidia-smi of STREAM; of readings, for the GPUs of the run if it was given some.  */
void azml__sampler_stream_start (azml__runner *runner, azml__smi_stream *stream);

/* If it has ended while the run goes on start it again, a few times, after longer and longer
   pauses.  */
void azml__sampler_stream_revive (azml__runner *runner, azml__smi_stream *stream);

/* Note that it said LINE, which is none of those that were asked for.  */
void azml__sampler_stream_wonder (azml__smi_stream *stream, const char *line);
void azml__sampler_stream_done (azml__smi_stream *stream);

/* What the verdict is founded on, for a person (new array of texts).  */
json_t *azml__sampler_causes (const azml__runner *runner);

#endif

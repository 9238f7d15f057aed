/* sample.h: what nvidia-smi tells while a run uses GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Two streams come in: readings of the GPUs, and the processes that compute on them.  A
   sample is one round of readings with the processes told last.  What is unknown in one
   is left out, and never counts as 0.  */

#ifndef AZML_GPU_SAMPLE_H
#define AZML_GPU_SAMPLE_H

#include "core/buffer.h"
#include "gpu/gpu.h"

/* The arguments of nvidia-smi that make the lines which are read here.  */
#define AZML__SAMPLE_READINGS                                                      \
  "--query-gpu=uuid,memory.used,utilization.gpu,power.draw,temperature.gpu"
#define AZML__SAMPLE_PROCESSES "--query-compute-apps=gpu_uuid,pid,used_memory"
#define AZML__SAMPLE_FORMAT "--format=csv,noheader,nounits"

typedef enum azml__fact
{
  AZML__FACT_UNKNOWN,
  AZML__FACT_NO,
  AZML__FACT_YES,
} azml__fact;

const char *azml__fact_name (azml__fact fact); /* "unknown", "no", "yes" */

/* One GPU, from the first sample on.  */
typedef struct azml__sampled
{
  char uuid[80];
  int64_t memory, utilisation, temperature; /* the last readings, or unknown */
  double power;
  int told; /* in this round */
  int64_t own,
      others; /* bytes of the run's processes, and of others', in the round */
  int n_own, n_others;                   /* how many there are */
  int64_t base_memory, base_utilisation; /* before the run used it, or unknown */
  int64_t peak_memory, peak_own, peak_utilisation;
  double sum_utilisation;
  int n_utilisation;
  double energy; /* joules */
  int n_power;
  int seen_own, seen_others; /* a process was seen */
} azml__sampled;

typedef struct azml__samples
{
  azml__sampled *gpus;
  size_t count;
  size_t round;       /* how many were read in this round */
  int rounds;         /* complete ones */
  int process_rounds; /* of them, behind those in which processes could be told */
  int gaps;           /* nvidia-smi ended, and for a while nobody looked */
  int pids_visible;   /* the list of processes can be trusted to have the run's */
  int64_t last_ms;    /* CLOCK_BOOTTIME of the last round, at first of the start */
} azml__samples;

void azml__samples_done (azml__samples *samples);
#define AZML_AUTO_SAMPLES AZML_CLEANUP (azml__samples_done) azml__samples

/* What GPUs of LIST, of those only that UUIDS names (NULL: all), showed before the run
   began.  */
void azml__samples_base (azml__samples *samples, const azml__gpu_list *list,
                         const char *uuids);

/* Take a LINE of readings.  Return 1 if it begins a new round: then the one before is
   complete, and was at NOW_MS; its text for gpu.jsonl without time is appended to TEXT
   (or NULL).  0: it does not; -1: it is no such line.  */
int azml__samples_reading (azml__samples *samples, const char *line, int64_t now_ms,
                           azml__buffer *text);

/* End the last round.  Return 1 if there was one.  */
int azml__samples_end (azml__samples *samples, int64_t now_ms, azml__buffer *text);

/* Take a LINE of the list of processes: store UUID of the GPU, pid and bytes (or
   unknown).  Return 0, -1 if it is no such line.  */
int azml__samples_process (const char *line, char uuid[80], pid_t *ret_pid,
                           int64_t *ret_memory);

/* Nobody is on a GPU; somebody is on the GPU UUID, of the run or not.  */
void azml__samples_clear_processes (azml__samples *samples);
void azml__samples_count_process (azml__samples *samples, const char *uuid,
                                  int64_t memory, int own);

/* Take a round that was at NOW_MS from JSON, a line of gpu.jsonl.  Return 0, -1 if it is
   none.  */
int
azml__samples_round (azml__samples *samples, const json_t *json, int64_t now_ms);

/* Take all rounds of gpu.jsonl in the run directory FOLDER; of a file of many days the last
   ones.  What was before the run began is not known then.  */
void azml__samples_replay (azml__samples *samples, int folder);

/* Did the run use its GPUs?  PROCESSES: did a process of it compute on one?  */
azml__fact azml__samples_processes (const azml__samples *samples);
azml__fact azml__samples_used (const azml__samples *samples);

/* "gpus" of status.json (new); LIST (or NULL) names the models.  */
json_t *
azml__samples_to_json (const azml__samples *samples, const azml__gpu_list *list);

/* Add to "gpus" of STATUS what was seen: to what the run was given, and, of a run that
   asked for nothing, all that there are.  LIST may be NULL.  */
void azml__samples_note (const azml__samples *samples, const azml__gpu_list *list,
                         json_t *status);

#endif

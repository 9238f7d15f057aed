/* gpu.h: the GPUs of this machine, as nvidia-smi tells them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What nvidia-smi does not say (N/A, [Not Supported], ERR!) is unknown, never 0.  A
   GPU in MIG mode is followed by its instances, each of which is a device of its own;
   the GPU itself then is none.  */

#ifndef AZML_GPU_GPU_H
#define AZML_GPU_GPU_H

#include <azml/cancel.h>
#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"

#define AZML__GPU_UNKNOWN (-1)

typedef struct azml__gpu_process
{
  pid_t pid;
  int64_t memory; /* bytes, or unknown */
  char *name;     /* or NULL */
  int compute;    /* it computes; 0: it only draws (a desktop) */
  int64_t gi, ci; /* the MIG instance it is on, or unknown */
} azml__gpu_process;

typedef struct azml__gpu
{
  int64_t index;  /* among the GPUs, by PCI bus; of an instance: in its GPU */
  int parent;     /* of a MIG instance: where its GPU is in the list; else -1 */
  int mig;        /* this GPU is in MIG mode: runs are given its instances */
  int64_t gi, ci; /* ids of a MIG instance, or unknown */
  char *uuid;     /* texts are NULL where unknown */
  char *bus;      /* "00000000:3B:00.0" */
  char *model; /* "NVIDIA A100-SXM4-40GB"; an instance's ends with " MIG 1g.5gb" */
  int64_t memory_total, memory_used, memory_free; /* bytes */
  int64_t capability;                             /* 80 is 8.0 */
  int64_t temperature;                            /* degrees Celsius */
  int64_t utilisation;                            /* percent */
  double power, power_limit;                      /* watts, < 0: unknown */
  int reset;            /* the driver asks for a reset of it */
  int prohibited;       /* its compute mode lets nobody compute */
  int processes_listed; /* `processes` is what nvidia-smi listed; 0: it lists none */
  azml__gpu_process *processes;
  size_t n_processes;
  char *problem; /* why it is of no use ("fell off the bus"), or NULL */
} azml__gpu;

typedef enum azml__gpu_state
{
  AZML__GPU_STATE_OK,      /* there are GPUs */
  AZML__GPU_STATE_NONE,    /* no GPU, or no nvidia-smi: both are no problem */
  AZML__GPU_STATE_FAILED,  /* nvidia-smi failed: a driver mismatch, no driver */
  AZML__GPU_STATE_TIMEOUT, /* it did not answer in time */
} azml__gpu_state;

typedef struct azml__gpu_list
{
  azml__gpu_state state;
  char *problem;    /* one line for a person, or NULL */
  char *smi;        /* path of nvidia-smi, or NULL if there is none */
  char *driver;     /* version, or NULL */
  char *cuda;       /* the newest CUDA that the driver speaks, or NULL */
  int pids_visible; /* the pids of the list are ours: no container, no WSL */
  int took_ms;      /* how long nvidia-smi took to tell */
  azml__gpu *gpus;  /* in the order of the PCI bus, instances behind their GPU */
  size_t count;
} azml__gpu_list;

/* A GPU of which nothing is known, or an instance of PARENT.  */
azml__gpu azml__gpu_unknown (int parent);

void azml__gpu_list_free (azml__gpu_list *list);
AZML_DEFINE_AUTO (azml__gpu_list, azml__gpu_list_free)

/* Ask nvidia-smi, once, and wait TIMEOUT_MS at most (<= 0: a time that is enough for
   eight GPUs that sleep).  Store the list (new) in *RET; a machine without a GPU, a
   driver that fails and a time-out are lists that say so.  AZML_E_NO_MEMORY.  */
int azml__gpu_list_read (int timeout_ms, azml__gpu_list **ret, azml_error **err);

/* The same, ended by CANCEL (may be NULL): AZML_E_CANCELLED.  */
int azml__gpu_list_ask (int timeout_ms, azml_cancel *cancel, azml__gpu_list **ret,
                        azml_error **err);

/* The same of the GPUs UUIDS alone (commas between; NULL: of all), without the names of
   MIG instances.  */
int azml__gpu_list_ask_of (const char *uuids, int timeout_ms, azml_cancel *cancel,
                           azml__gpu_list **ret, azml_error **err);

/* The same from N bytes that `nvidia-smi -q -x` printed, once or several times: XML, and
   lines beside it about GPUs that are lost.  AZML_E_FORMAT.  */
int azml__gpu_list_parse (const char *text, size_t n, azml__gpu_list **ret,
                          azml_error **err);

/* Fill in the names and UUIDs of MIG instances from N bytes of `nvidia-smi -L`, whose
   XML tells none.  */
void
azml__gpu_list_add_instances (azml__gpu_list *list, const char *text, size_t n);

/* 1 if the pids that the driver tells are those that this process sees: not in a
   container, nor in WSL.  */
int azml__gpu_pids_visible (void);

/* 1 if a run can be given GPU: it works, has a UUID, and is not in MIG mode.  */
int azml__gpu_is_device (const azml__gpu *gpu);

/* The GPU or instance with UUID, or NULL.  */
const azml__gpu *azml__gpu_find (const azml__gpu_list *list, const char *uuid);

/* The list as `azml-guile gpu --json` shows it (new); NULL when out of memory.  */
json_t *azml__gpu_list_to_json (const azml__gpu_list *list);

/* One line: what the machine has ("2 x NVIDIA A100-SXM4-40GB (40 GiB, 8.0)"), or why it
   has none (new).  NULL when out of memory.  */
char *azml__gpu_list_describe (const azml__gpu_list *list);

#endif

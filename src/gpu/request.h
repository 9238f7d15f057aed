/* request.h: what a run asks for in GPUs, and which of a machine it can have.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_REQUEST_H
#define AZML_GPU_REQUEST_H

#include "gpu/gpu.h"

typedef struct azml__gpu_request
{
  int64_t count;      /* how many; 0 hides them all */
  int all;            /* every GPU of the machine that fits, and count is 1 */
  int64_t memory;     /* bytes that each must have, 0: any */
  char *model;        /* "A100|H100": parts of the name, any case; NULL: any */
  int64_t capability; /* 80: 8.0 or newer, 0: any */
  int optional;       /* go without where there are none */
  int require_use;    /* a run that never uses its GPU failed */
  int64_t foreign; /* bytes that must be free for a GPU on which somebody outside of
                         any lease computes; -1: such a GPU is passed over */
} azml__gpu_request;

/* Read what stands under "gpus" in job.json: null or absent: *RET is NULL (a run that
   says nothing about GPUs); else a new request.  AZML_E_FORMAT with the key.  */
int azml__gpu_request_read (const json_t *json, azml__gpu_request **ret,
                            azml_error **err);

void azml__gpu_request_free (azml__gpu_request *request);
AZML_DEFINE_AUTO (azml__gpu_request, azml__gpu_request_free)

/* 1 if GPU is one that REQUEST could ever be given.  */
int azml__gpu_request_fits (const azml__gpu_request *request, const azml__gpu *gpu);

/* How many devices of LIST fit.  */
size_t azml__gpu_request_count (const azml__gpu_request *request,
                                const azml__gpu_list *list);

/* Can REQUEST ever be met on this machine?  0, also for an optional one and for 0 GPUs;
   else AZML_E_UNSUPPORTED with what the machine has.  */
int azml__gpu_request_check (const azml__gpu_request *request,
                             const azml__gpu_list *list, azml_error **err);

/* Choose GPUs for REQUEST among those of LIST for which FREE is not 0 (one flag for each
   entry; NULL: all are).  Store where they are in the list at PICKS, which has room for
   list->count, in the order of their UUIDs, and how many in *RET_N.  Return 1 if the
   request is met, 0 if it is not with those that are free (*RET_N is 0 then).  A request
   for 0, and an optional one where nothing fits, is met with none.  */
int azml__gpu_request_match (const azml__gpu_request *request,
                             const azml__gpu_list *list, const unsigned char *free,
                             size_t *picks, size_t *ret_n);

/* What CUDA_VISIBLE_DEVICES is for N picks (new): their UUIDs in the order of the list,
   which is that of the PCI bus; "" for none.  NULL when out of memory.  */
char *azml__gpu_visible (const azml__gpu_list *list, const size_t *picks, size_t n);

/* One line: "2 GPUs of A100 with 16 GiB" (new).  NULL when out of memory.  */
char *azml__gpu_request_describe (const azml__gpu_request *request);

#endif

/* smi.h: finding and asking nvidia-smi.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_SMI_H
#define AZML_GPU_SMI_H

#include <azml/cancel.h>

#include "core/buffer.h"
#include "core/error.h"

/* Where nvidia-smi is (new), NULL if there is none: AZML_NVIDIA_SMI if set (an empty
   value means none), else the first on PATH, in /usr/bin, /usr/lib/wsl/lib.  No process
   is started.  */
char *azml__smi_find (void);

/* Where there is none that this user may execute: one that is there all the same (new), or
   NULL.  */
char *azml__smi_find_forbidden (void);

/* 1 if there was none a moment ago: for whoever would look only to find that again.  What
   was found is remembered for that moment, by the processes forked meanwhile, too.  */
int azml__smi_is_missing (void);

/* How long to wait for an answer, in ms: AZML_NVIDIA_SMI_TIMEOUT (seconds) if set, else
   USUAL_MS.  */
int azml__smi_patience (int usual_ms);

#define AZML__SMI_ARGUMENTS 4 /* most that are given to it */

/* Run nvidia-smi at PATH with ARGUMENTS (NULL-terminated), append what it
   prints to OUTPUT; its exit code is in *RET_CODE.  CANCEL may be NULL.
   AZML_E_CANCELLED, AZML_E_TIMEOUT, AZML_E_OS...  */
int azml__smi_ask (const char *path, const char *const *arguments, int timeout_ms,
                   azml_cancel *cancel, azml__buffer *output, int *ret_code,
                   azml_error **err);

#endif

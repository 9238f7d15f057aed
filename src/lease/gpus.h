/* gpus.h: the GPUs of this machine, and who uses them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_LEASE_GPUS_H
#define AZML_LEASE_GPUS_H

#include "gpu/gpu.h"

/* The answer to probe about GPUs (new): {"gpus": [...], "gpu_driver": {...}}, each
   process with the user and the run that it belongs to, where that can be told.  NULL
   when out of memory.  */
json_t *azml__gpus_describe (const azml__gpu_list *list);

/* Add to PROCESS, which has a pid, the user and the run that it belongs to.  */
void azml__gpus_add_owner (json_t *process);

/* Copy the variable NAME of process PID to VALUE; return 1, or 0 if it has none or may
   not be looked at.  */
int azml__gpus_variable_of (pid_t pid, const char *name, char *value, size_t size);

/* The id of the run that process PID belongs to, by its environment, into ID; return 1,
   or 0 if it is of none or may not be looked at.  */
int azml__gpus_run_of (pid_t pid, char *id, size_t size);

/* The name of user UID in TEXT: of /etc/passwd, else the number.  */
void azml__gpus_user (uid_t uid, char *text, size_t size);

#endif

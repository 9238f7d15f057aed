/* value.h: the values that nvidia-smi prints.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GPU_VALUE_H
#define AZML_GPU_VALUE_H

#include <stdint.h>

/* 1 if TEXT says that there is no value: N/A, [N/A], [Not Supported], [Unknown Error],
   ERR!, [GPU requires reset], [Insufficient Permissions], "".  */
int azml__gpu_value_is_missing (const char *text);

/* 1 if TEXT says that the GPU is in trouble: ERR!, [Unknown Error], GPU is lost.  */
int azml__gpu_value_is_error (const char *text);

/* The bytes of "40960 MiB" (a bare number is MiB); -1 if TEXT is none.  */
int64_t azml__gpu_value_bytes (const char *text);

/* The integer in front of "45 C", "30 %"; -1 if TEXT is none.  */
int64_t azml__gpu_value_integer (const char *text);

/* The number in front of "61.25 W"; -1 if TEXT is none.  */
double azml__gpu_value_number (const char *text);

/* 80 for "8.0"; -1 if TEXT is none.  */
int64_t azml__gpu_value_capability (const char *text);

#endif

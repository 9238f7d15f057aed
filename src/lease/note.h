/* note.h: what the holder of a GPU tells the one who takes it next.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A run that ends has asked the driver whether it left its GPUs.  Who waits for one of
   them would ask the same a moment later, and a call of nvidia-smi takes up to a second:
   so what was answered goes over the connection by which he waits.  It is a line of text

     free UUID MS BYTES

   nobody computes on the GPU, and BYTES (-1: unknown) of its memory were in use, at MS
   on CLOCK_BOOTTIME.  Who tells a lie harms nobody in ways that were not his anyway: he
   has the GPU, and may put a process on it at any time.  */

#ifndef AZML_LEASE_NOTE_H
#define AZML_LEASE_NOTE_H

#include <stdint.h>

#include "core/buffer.h"
#include "lease/name.h"

#define AZML__LEASE_NOTES_SIZE 16384 /* most that is read at once */

typedef struct azml__lease_note
{
  char uuid[AZML__LEASE_NAME_SIZE];
  int64_t at_ms;
  int64_t memory_used; /* bytes, or -1 */
} azml__lease_note;

/* Append NOTE to TEXT.  */
void azml__lease_note_write (const azml__lease_note *note, azml__buffer *text);

/* Read the line at TEXT, which ends with a NUL.  Return 0, -1 if it is no note.  */
int azml__lease_note_read (const char *text, azml__lease_note *ret);

#endif

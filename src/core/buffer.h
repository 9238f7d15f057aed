/* buffer.h: bytes that grow.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A buffer that could not grow remembers it (`failed`), ignores what follows, and
   says so once at the end: check azml__buffer_ok before the content is used.  */

#ifndef AZML_CORE_BUFFER_H
#define AZML_CORE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "core/cleanup.h"

typedef struct azml__buffer
{
  char *data; /* NUL-terminated one past LENGTH, or NULL while empty */
  size_t length;
  size_t size;
  int failed;
} azml__buffer;

#define AZML__BUFFER_INIT                                                          \
  {                                                                                \
    NULL, 0, 0, 0                                                                  \
  }

/* Free the content; the buffer is empty and usable again.  */
void azml__buffer_done (azml__buffer *buffer);
#define AZML_AUTO_BUFFER AZML_CLEANUP (azml__buffer_done) azml__buffer

/* Make room for N more bytes; return where they go, NULL when out of memory.  */
char *azml__buffer_room (azml__buffer *buffer, size_t n);

void azml__buffer_add (azml__buffer *buffer, const void *data, size_t n);
void azml__buffer_add_text (azml__buffer *buffer, const char *text);
void azml__buffer_add_char (azml__buffer *buffer, char c);
void azml__buffer_add_format (azml__buffer *buffer, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void azml__buffer_add_u32 (azml__buffer *buffer, uint32_t value); /* big endian */
void azml__buffer_add_u64 (azml__buffer *buffer, uint64_t value); /* big endian */

/* Drop the first N bytes.  */
void azml__buffer_drop (azml__buffer *buffer, size_t n);

/* Keep the first N bytes only.  */
void azml__buffer_truncate (azml__buffer *buffer, size_t n);

/* 1 unless an addition failed.  */
int azml__buffer_ok (const azml__buffer *buffer);

/* Hand over the content as a NUL-terminated string (never NULL unless out of
   memory); the buffer is empty afterwards.  */
char *azml__buffer_steal (azml__buffer *buffer);

uint32_t azml__get_u32 (const void *data); /* big endian */
uint64_t azml__get_u64 (const void *data);
void azml__put_u32 (void *data, uint32_t value);
void azml__put_u64 (void *data, uint64_t value);

#endif

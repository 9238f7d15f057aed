/* buffer.c: bytes that grow.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/buffer.h"

#include <stdarg.h>
#include <string.h>

void
azml__buffer_done (azml__buffer *buffer)
{
  free (buffer->data);
  *buffer = (azml__buffer)AZML__BUFFER_INIT;
}

char *
azml__buffer_room (azml__buffer *buffer, size_t n)
{
  if (buffer->failed)
    return NULL;
  if (n >= SIZE_MAX / 2 - buffer->length)
    {
      buffer->failed = 1;
      return NULL;
    }
  size_t need = buffer->length + n + 1;
  if (need > buffer->size)
    {
      size_t size = buffer->size ? buffer->size : 64;
      while (size < need)
        size *= 2;
      char *data = realloc (buffer->data, size);
      if (!data)
        {
          buffer->failed = 1;
          return NULL;
        }
      buffer->data = data;
      buffer->size = size;
    }
  return buffer->data + buffer->length;
}

void
azml__buffer_add (azml__buffer *buffer, const void *data, size_t n)
{
  char *room = azml__buffer_room (buffer, n);
  if (!room)
    return;
  if (n)
    memcpy (room, data, n);
  room[n] = '\0';
  buffer->length += n;
}

void
azml__buffer_add_text (azml__buffer *buffer, const char *text)
{
  azml__buffer_add (buffer, text, strlen (text));
}

void
azml__buffer_add_char (azml__buffer *buffer, char c)
{
  azml__buffer_add (buffer, &c, 1);
}

void
azml__buffer_add_format (azml__buffer *buffer, const char *format, ...)
{
  va_list ap, again;
  va_start (ap, format);
  va_copy (again, ap);
  int n = vsnprintf (NULL, 0, format, ap);
  char *room = n < 0 ? NULL : azml__buffer_room (buffer, (size_t)n);
  if (room)
    {
      vsnprintf (room, (size_t)n + 1, format, again);
      buffer->length += (size_t)n;
    }
  else
    buffer->failed = 1;
  va_end (again);
  va_end (ap);
}

void
azml__put_u32 (void *data, uint32_t value)
{
  unsigned char *p = data;
  for (int i = 3; i >= 0; i--, value >>= 8)
    p[i] = (unsigned char)value;
}

void
azml__put_u64 (void *data, uint64_t value)
{
  unsigned char *p = data;
  for (int i = 7; i >= 0; i--, value >>= 8)
    p[i] = (unsigned char)value;
}

uint32_t
azml__get_u32 (const void *data)
{
  const unsigned char *p = data;
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t
azml__get_u64 (const void *data)
{
  const unsigned char *p = data;
  return (uint64_t)azml__get_u32 (p) << 32 | azml__get_u32 (p + 4);
}

void
azml__buffer_add_u32 (azml__buffer *buffer, uint32_t value)
{
  unsigned char bytes[4];
  azml__put_u32 (bytes, value);
  azml__buffer_add (buffer, bytes, sizeof bytes);
}

void
azml__buffer_add_u64 (azml__buffer *buffer, uint64_t value)
{
  unsigned char bytes[8];
  azml__put_u64 (bytes, value);
  azml__buffer_add (buffer, bytes, sizeof bytes);
}

void
azml__buffer_drop (azml__buffer *buffer, size_t n)
{
  if (n > buffer->length)
    n = buffer->length;
  if (!n)
    return;
  buffer->length -= n;
  memmove (buffer->data, buffer->data + n, buffer->length + 1);
}

void
azml__buffer_truncate (azml__buffer *buffer, size_t n)
{
  if (n >= buffer->length)
    return;
  buffer->length = n;
  buffer->data[n] = '\0';
}

int
azml__buffer_ok (const azml__buffer *buffer)
{
  return !buffer->failed;
}

char *
azml__buffer_steal (azml__buffer *buffer)
{
  azml__buffer_add (buffer, "", 0);
  char *data = buffer->failed ? NULL : buffer->data;
  if (buffer->failed)
    free (buffer->data);
  *buffer = (azml__buffer)AZML__BUFFER_INIT;
  return data;
}

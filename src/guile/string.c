/* string.c: byte strings to Scheme strings and back, without loss.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A byte that is not part of valid UTF-8 becomes the character U+10FF00 + byte,
   that is U+10FF80..U+10FFFF, private use of plane 16.  UTF-8 that stands for one
   of these is itself taken as four invalid bytes, so two byte strings never become
   the same.  */

#include <config.h>

#include "guile/binding.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

/* The length of the UTF-8 sequence at P, of which N bytes are there; 0 if it is
   none, or one that stands for an invalid byte.  */
static size_t
sequence_length (const unsigned char *p, size_t n)
{
  size_t length = p[0] < 0x80   ? 1
                  : p[0] < 0xc2 ? 0
                  : p[0] < 0xe0 ? 2
                  : p[0] < 0xf0 ? 3
                  : p[0] < 0xf5 ? 4
                                : 0;
  if (length > n)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  if ((p[0] == 0xe0 && p[1] < 0xa0)     /* overlong */
      || (p[0] == 0xed && p[1] > 0x9f)  /* a surrogate */
      || (p[0] == 0xf0 && p[1] < 0x90)  /* overlong */
      || (p[0] == 0xf4 && p[1] > 0x8f)) /* beyond U+10FFFF */
    return 0;
  if (p[0] == 0xf4 && p[1] == 0x8f && p[2] >= 0xbe) /* U+10FF80 and above */
    return 0;
  return length;
}

/* The length of what is valid from the start of BYTES.  */
static size_t
valid_length (const char *bytes, size_t n)
{
  size_t i = 0, length;
  while (i < n
         && (length = sequence_length ((const unsigned char *)bytes + i, n - i)))
    i += length;
  return i;
}

SCM
azml__guile_from_bytes (const char *bytes, size_t n)
{
  size_t valid = valid_length (bytes, n);
  if (valid == n)
    return scm_from_utf8_stringn (bytes, n);
  /* Worst case: each byte becomes four.  */
  char *text = scm_gc_malloc_pointerless (4 * n, "string"), *out = text;
  for (size_t i = 0; i < n;)
    {
      size_t length = sequence_length ((const unsigned char *)bytes + i, n - i);
      if (length)
        out = (char *)memcpy (out, bytes + i, length) + length;
      else
        {
          unsigned char byte = (unsigned char)bytes[i];
          char mark[4] = { (char)0xf4, (char)0x8f, (char)(0xbc | byte >> 6),
                           (char)(0x80 | (byte & 0x3f)) };
          out = (char *)memcpy (out, mark, 4) + 4;
        }
      i += length ? length : 1;
    }
  return scm_from_utf8_stringn (text, (size_t)(out - text));
}

SCM
azml__guile_from_text (const char *text)
{
  return text ? azml__guile_from_bytes (text, strlen (text)) : SCM_BOOL_F;
}

SCM
azml__guile_take_text (char *text)
{
  SCM string = azml__guile_from_text (text);
  free (text);
  return string;
}

/* Put the bytes for which U+10FF80..U+10FFFF stand back into TEXT, UTF-8 of N
   bytes. Return the new length.  */
static size_t
unmark (char *text, size_t n)
{
  char *out = text;
  for (size_t i = 0; i < n;)
    {
      const unsigned char *p = (const unsigned char *)text + i;
      if (n - i >= 4 && p[0] == 0xf4 && p[1] == 0x8f && p[2] >= 0xbe)
        {
          *out++ = (char)((p[2] & 3) << 6 | (p[3] & 0x3f));
          i += 4;
        }
      else
        *out++ = text[i++];
    }
  return (size_t)(out - text);
}

char *
azml__guile_to_bytes (SCM string, size_t *n, const char *who, int position)
{
  if (!scm_is_string (string))
    scm_wrong_type_arg_msg (who, position, string, "string");
  size_t length;
  char *utf8 = scm_to_utf8_stringn (string, &length);
  char *bytes = scm_gc_malloc_pointerless (length + 1, "string");
  memcpy (bytes, utf8, length);
  free (utf8);
  *n = unmark (bytes, length);
  bytes[*n] = '\0';
  return bytes;
}

char *
azml__guile_to_text (SCM string, const char *who, int position)
{
  size_t n;
  char *text = azml__guile_to_bytes (string, &n, who, position);
  if (memchr (text, '\0', n))
    scm_wrong_type_arg_msg (who, position, string, "string without NUL");
  return text;
}

char *
azml__guile_to_text_or_null (SCM string, const char *who, int position)
{
  return SCM_UNBNDP (string) || scm_is_false (string)
             ? NULL
             : azml__guile_to_text (string, who, position);
}

char **
azml__guile_to_texts (SCM list, const char *who, int position)
{
  long n = scm_ilength (list);
  if (n < 0)
    scm_wrong_type_arg_msg (who, position, list, "list of strings");
  char **texts = scm_gc_malloc (((size_t)n + 1) * sizeof *texts, "strings");
  for (long i = 0; i < n; i++, list = SCM_CDR (list))
    texts[i] = azml__guile_to_text (SCM_CAR (list), who, position);
  texts[n] = NULL;
  return texts;
}

int64_t
azml__guile_to_integer (SCM number, int64_t low, int64_t high, const char *who,
                        int position)
{
  if (!scm_is_exact_integer (number))
    scm_wrong_type_arg_msg (who, position, number, "exact integer");
  if (!scm_is_signed_integer (number, low, high))
    scm_out_of_range_pos (who, number, scm_from_int (position));
  return scm_to_int64 (number);
}

static SCM
bytes_to_string (SCM bytes)
{
  if (!scm_is_bytevector (bytes))
    scm_wrong_type_arg_msg ("%bytes->string", 1, bytes, "bytevector");
  SCM string = azml__guile_from_bytes (
      (const char *)SCM_BYTEVECTOR_CONTENTS (bytes), SCM_BYTEVECTOR_LENGTH (bytes));
  scm_remember_upto_here_1 (bytes);
  return string;
}

static SCM
string_to_bytes (SCM string)
{
  size_t n;
  const char *bytes = azml__guile_to_bytes (string, &n, "%string->bytes", 1);
  SCM result = scm_c_make_bytevector (n);
  memcpy (SCM_BYTEVECTOR_CONTENTS (result), bytes, n);
  return result;
}

void
azml__guile_init_string (void)
{
  azml__guile_define ("%bytes->string", 1, 0, bytes_to_string);
  azml__guile_define ("%string->bytes", 1, 0, string_to_bytes);
}

/* problem.c: what is wrong in a document, and where.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/problem.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "core/json.h"
#include "core/printable.h"

/* A file with more is wrong as a whole.  */
#define MOST 100
#define WIDTH 120 /* of a line that is shown, in bytes */

/* Whether the byte at I is the last one of a line; a CR alone ends one, too.  */
static int
ends_line (const azml__document *document, size_t i)
{
  const char *text = document->text;
  return text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
}

size_t
azml__document_line (const azml__document *document, size_t offset,
                     size_t *ret_length)
{
  const char *text = document->text;
  size_t start = offset < document->length ? offset : document->length;
  while (start && !ends_line (document, start - 1))
    start--;
  size_t end = start;
  while (end < document->length && text[end] != '\n' && text[end] != '\r')
    end++;
  *ret_length = end - start;
  return start;
}

azml__place
azml__document_place (const azml__document *document, size_t offset)
{
  azml__place place = { .offset = offset, .line = 1, .column = 1 };
  for (size_t i = 0; i < offset && i < document->length; i++)
    if (ends_line (document, i))
      {
        place.line++;
        place.column = 1;
      }
    /* Bytes that continue a UTF-8 character do not count.  */
    else if (((unsigned char)document->text[i] & 0xc0) != 0x80)
      place.column++;
  return place;
}

static int
has_word (const char *line, size_t n, const char *word)
{
  size_t length = strlen (word);
  for (size_t i = 0; i + length <= n; i++)
    if (strncasecmp (line + i, word, length) == 0)
      return 1;
  return 0;
}

int
azml__problem_is_secret (const char *line, size_t n)
{
  static const char *const words[] = { "password", "passwd", "secret",    "token",
                                       "key",      "sig=",   "credential" };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (has_word (line, n, words[i]))
      return 1;
  return 0;
}

/* Store the line of OFFSET, as it may be shown, in PROBLEM.  */
static int
add_line (const azml__document *document, json_t *problem, size_t offset)
{
  size_t length, start = azml__document_line (document, offset, &length);
  const char *line = document->text + start;
  size_t at = offset > start ? offset - start : 0, from = 0;
  if (at > length)
    at = length;
  if (length > WIDTH && at > WIDTH / 2)
    from = at - WIDTH / 2;
  while (from && ((unsigned char)line[from] & 0xc0) == 0x80)
    from--;
  size_t n = length - from < WIDTH ? length - from : WIDTH, caret = 1;
  if (azml__problem_is_secret (line, length))
    {
      /* Up to the colon, or nothing.  */
      const char *colon = memchr (line + from, ':', n);
      n = colon ? (size_t)(colon - line) - from + 1 : 0;
    }
  AZML_AUTO_BUFFER shown = AZML__BUFFER_INIT;
  for (size_t i = from; i < from + n; i++)
    if (line[i] == '\t')
      azml__buffer_add_text (&shown, "\xe2\x86\x92"); /* an arrow */
    else
      azml__buffer_add_char (&shown, line[i]);
  for (size_t i = from; i < at; i++)
    caret += ((unsigned char)line[i] & 0xc0) != 0x80;
  if (n < length - from)
    azml__buffer_add_text (&shown, "...");
  AZML_AUTO_FREE char *text = azml__printable (azml__buffer_steal (&shown));
  if (!text)
    return -1;
  return json_object_set_new (problem, "text", azml__json_text (text))
         | json_object_set_new (problem, "caret", json_integer ((json_int_t)caret));
}

/* FORMAT as one printable line (new).  */
static json_t *__attribute__ ((format (printf, 1, 0)))
line_of (const char *format, va_list ap)
{
  char *text = NULL;
  if (vasprintf (&text, format, ap) < 0)
    return NULL;
  text = azml__printable (text);
  json_t *json = text ? azml__json_text (text) : NULL;
  free (text);
  return json;
}

void
azml__problem_add (azml__document *document, const char *severity, size_t offset,
                   const char *hint, const char *format, ...)
{
  if (json_array_size (document->problems) >= MOST)
    return;
  azml__place place = azml__document_place (document, offset);
  AZML_AUTO (json_t)
  problem = json_pack ("{s:s, s:I, s:I}", "severity", severity, "line",
                       (json_int_t)place.line, "column", (json_int_t)place.column);
  va_list ap;
  va_start (ap, format);
  json_t *message = problem ? line_of (format, ap) : NULL;
  va_end (ap);
  /* A problem that found no memory is left out; the next step fails, too.  */
  if (!message || json_object_set_new (problem, "message", message) < 0)
    return;
  if (hint && json_object_set_new (problem, "hint", json_string (hint)) < 0)
    return;
  if (add_line (document, problem, offset) == 0)
    json_array_append (document->problems, problem);
}

void
azml__problem_hint (azml__document *document, const char *format, ...)
{
  size_t n = json_array_size (document->problems);
  if (!n)
    return;
  va_list ap;
  va_start (ap, format);
  json_t *hint = line_of (format, ap);
  va_end (ap);
  if (hint)
    json_object_set_new (json_array_get (document->problems, n - 1), "hint", hint);
}

void
azml__problem_hide (azml__document *document, size_t n)
{
  for (; n < json_array_size (document->problems); n++)
    {
      json_t *problem = json_array_get (document->problems, n);
      json_object_set_new (problem, "text", json_string ("..."));
      json_object_set_new (problem, "caret", json_integer (1));
    }
}

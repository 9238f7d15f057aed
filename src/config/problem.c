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
#include "core/secret.h"

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

/* The part of a line that is shown.  */
typedef struct excerpt
{
  const char *line;
  size_t length;
  size_t from;
  size_t to;
  size_t at; /* what the caret is below */
} excerpt;

/* The part of the line of OFFSET that is shown.  */
static excerpt
find_excerpt (const azml__document *document, size_t offset)
{
  excerpt e = { .from = 0 };
  size_t start = azml__document_line (document, offset, &e.length);
  e.line = document->text + start;
  e.at = offset > start ? offset - start : 0;
  if (e.at > e.length)
    e.at = e.length;
  if (e.length > WIDTH && e.at > WIDTH / 2)
    e.from = e.at - WIDTH / 2;
  while (e.from && ((unsigned char)e.line[e.from] & 0xc0) == 0x80)
    e.from--;
  e.to = e.length - e.from < WIDTH ? e.length : e.from + WIDTH;
  if (azml__secret_is_name (e.line, e.length))
    {
      /* Up to the first colon, or nothing.  */
      const char *colon = memchr (e.line, ':', e.to);
      size_t end = colon ? (size_t)(colon - e.line) + 1 : 0;
      e.to = end > e.from ? end : e.from;
    }
  return e;
}

/* Add the characters of E up to END, which goes on where E begins.  */
static void
show_up_to (excerpt *e, size_t end, azml__buffer *shown, size_t *caret)
{
  size_t from = e->from;
  for (size_t i = from; i < end && i < e->to; i++)
    if (e->line[i] == '\t')
      azml__buffer_add_text (shown, "\xe2\x86\x92"); /* an arrow */
    else
      azml__buffer_add_char (shown, e->line[i]);
  for (size_t i = from; i < end && i < e->at; i++)
    *caret += ((unsigned char)e->line[i] & 0xc0) != 0x80;
  if (end > from)
    e->from = end;
}

/* Store the line of OFFSET, as it may be shown, in PROBLEM.  */
static int
add_line (const azml__document *document, json_t *problem, size_t offset)
{
  excerpt e = find_excerpt (document, offset);
  azml__secrets secrets = { .text = e.line, .n = e.length };
  AZML_AUTO_BUFFER shown = AZML__BUFFER_INIT;
  size_t caret = 1, start, length;
  while (secrets.at < e.to && azml__secrets_next (&secrets, &start, &length))
    {
      show_up_to (&e, start, &shown, &caret);
      if (start + length <= e.from || start >= e.to)
        continue;
      azml__buffer_add_text (&shown, "***");
      caret += e.at >= start + length ? 3 : 0;
      e.from = start + length;
    }
  show_up_to (&e, e.length, &shown, &caret);
  if (e.to < e.length)
    azml__buffer_add_text (&shown, "...");
  AZML_AUTO_FREE char *text = azml__printable (azml__buffer_steal (&shown));
  if (!text)
    return -1;
  return json_object_set_new (problem, "text", azml__json_text (text))
         | json_object_set_new (problem, "caret", json_integer ((json_int_t)caret));
}

/* FORMAT as one printable line without secrets (new).  */
static json_t *__attribute__ ((format (printf, 1, 0)))
line_of (const char *format, va_list ap)
{
  char *text = NULL;
  if (vasprintf (&text, format, ap) < 0)
    return NULL;
  AZML_AUTO_FREE char *said = azml__secret_hide (text);
  free (text);
  text = azml__printable (azml_steal (&said));
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

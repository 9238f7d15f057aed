/* tail.c: the last lines that a builder printed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/tail.h"

#include <string.h>

#define KEPT 8192
#define MAX_LINES 15
#define MAX_COLUMNS 240

void
azml__tail_add (azml__tail *tail, const char *bytes, size_t n)
{
  azml__buffer_add (&tail->bytes, bytes, n);
  if (tail->bytes.length > 4 * KEPT)
    azml__buffer_drop (&tail->bytes, tail->bytes.length - KEPT);
}

void
azml__tail_done (azml__tail *tail)
{
  azml__buffer_done (&tail->bytes);
}

/* The end of the escape sequence at P (an ESC), at most END.  */
static const char *
skip_escape (const char *p, const char *end)
{
  if (++p == end || *p != '[')
    return p < end ? p + 1 : end;
  for (p++; p < end; p++)
    if (*p >= '@' && *p <= '~')
      return p + 1;
  return end;
}

/* Length of the valid UTF-8 character at P, 0 if there is none before END.  */
static size_t
character_length (const char *p, const char *end)
{
  unsigned char c = (unsigned char)*p;
  size_t n = c < 0x80                ? 1
             : c >= 0xc2 && c < 0xe0 ? 2
             : c >= 0xe0 && c < 0xf0 ? 3
             : c >= 0xf0 && c < 0xf5 ? 4
                                     : 0;
  if (!n || (size_t)(end - p) < n)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  unsigned char d = n > 1 ? (unsigned char)p[1] : 0;
  if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) || (c == 0xf0 && d < 0x90)
      || (c == 0xf4 && d > 0x8f))
    return 0;
  return n;
}

/* Append the line from P to END in readable form.  */
static void
add_line (azml__buffer *text, const char *p, const char *end)
{
  int columns = 0;
  azml__buffer_add_text (text, "\n  ");
  while (p < end && columns++ < MAX_COLUMNS)
    {
      size_t n = character_length (p, end);
      if (*p == '\033')
        p = skip_escape (p, end);
      else if (*p == '\t')
        azml__buffer_add_char (text, ' '), p++;
      else if (n == 0 || (unsigned char)*p < ' ' || *p == '\177')
        azml__buffer_add_char (text, '?'), p++;
      else
        azml__buffer_add (text, p, n), p += n;
    }
  if (p < end)
    azml__buffer_add_text (text, "...");
}

/* The part of the line P that stayed to be seen: behind the last return.  */
static const char *
behind_return (const char *p, const char *end)
{
  for (const char *q = end; q > p; q--)
    if (q[-1] == '\r')
      return q;
  return p;
}

static const char *
trim (const char *p, const char *end)
{
  while (end > p && strchr (" \t\r", end[-1]))
    end--;
  return end;
}

char *
azml__tail_lines (const azml__tail *tail)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const char *start = tail->bytes.data ? tail->bytes.data : "";
  const char *end = start + tail->bytes.length;
  const char *first = end;
  for (int lines = 0; first > start; first--)
    if (first[-1] == '\n' && first < end && *first != '\n' && ++lines == MAX_LINES)
      break;
  for (const char *p = first; p < end;)
    {
      const char *newline = memchr (p, '\n', (size_t)(end - p));
      const char *line_end = trim (p, newline ? newline : end);
      const char *seen = behind_return (p, line_end);
      if (seen < line_end)
        add_line (&text, seen, line_end);
      p = newline ? newline + 1 : end;
    }
  return azml__buffer_steal (&text);
}

const char *
azml__tail_hint (const azml__tail *tail)
{
  static const struct
  {
    const char *said;
    const char *hint;
  } hints[] = {
    { "ensurepip is not", "this python cannot make virtual environments: install "
                          "python3-venv (apt install "
                          "python3-venv), or uv" },
    { "No module named venv",
      "install python3-venv (apt install python3-venv), or uv" },
    { "No module named ensurepip",
      "install python3-venv (apt install python3-venv), or uv" },
    { "No space left on device", "the disk is full: free some space there" },
    { "Disk quota exceeded", "your quota is full: free some space there" },
    { "name resolution", NULL },
    { "Name or service not known", NULL },
    { "nodename nor servname", NULL },
    { "dns error", NULL },
    { "Could not resolve host", NULL },
    { "NewConnectionError", NULL },
    { "ConnectTimeout", NULL },
    { "Connection refused", NULL },
    { "ProxyError", NULL },
    { "Network is unreachable", NULL },
    { "error sending request", NULL },
    { "Failed to fetch", NULL },
    { "No matching distribution found",
      "check the name and the version of the package, and that it exists for this "
      "python" },
    { "not found in the package registry",
      "check the name of the package, and the index" },
    { "No solution found",
      "check the versions of the packages, and that they exist for this python" },
    { "ResolutionImpossible",
      "the packages contradict each other: loosen a version" },
    { "nothing provides", "check the name of the package, and the channels" },
    { "does not exist", "check the name of the package, and the channels" },
    { "PackagesNotFoundError", "check the name of the package, and the channels" },
    { "Failed building wheel", "a package had to be compiled: install a compiler "
                               "and what it asks for, or take "
                               "a version that has a wheel for this python" },
  };
  for (size_t i = 0; tail->bytes.data && i < sizeof hints / sizeof *hints; i++)
    if (strstr (tail->bytes.data, hints[i].said))
      return hints[i].hint
                 ? hints[i].hint
                 : "the package index cannot be reached from here: check the "
                   "network, the proxy (HTTPS_PROXY) and the index "
                   "(PIP_INDEX_URL, UV_INDEX_URL)";
  return NULL;
}

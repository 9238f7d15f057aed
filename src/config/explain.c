/* explain.c: what to write instead of what is no YAML.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libyaml notices a mistake where it can go on no more, which may be a line after the
   one to change, and says it in words of its grammar.  */

#include <config.h>

#include "config/explain.h"

#include <ctype.h>
#include <string.h>

#include "config/problem.h"
#include "core/json.h"
#include "core/secret.h"

/* What libyaml says; what is said here; whether it is said at the beginning of the
   context.  */
static const struct
{
  const char *problem, *message, *hint;
  int began;
} words[] = {
  { "mapping values are not allowed in this context", "no key may stand here",
    "indent the line like those that it belongs to; a text with ': ' needs quotes",
    0 },
  { "did not find expected key", "this line is not indented like those before it",
    "begin all keys of one map in the same column", 0 },
  { "did not find expected '-' indicator",
    "this line is not indented like those of the list before it",
    "begin all lines of one list with a '-' in the same column", 0 },
  { "did not find expected ',' or ']'", "a comma or a ']' is missing",
    "the list is [one, two]", 0 },
  { "did not find expected ',' or '}'", "a comma or a '}' is missing",
    "put a comma after each value but the last", 0 },
  { "could not find expected ':'", "this line has no ':'",
    "write 'key: value', with a blank after the colon", 1 },
  { "found unexpected end of stream", "this quote is not closed",
    "end it on the same line", 1 },
  { "found unexpected document indicator", "this quote is not closed",
    "end it on the same line", 1 },
  { "found unknown escape character", "a backslash in double quotes is an escape",
    "write it twice, or use single quotes", 0 },
  { "did not find expected hexdecimal number",
    "a backslash in double quotes is an escape",
    "write it twice, or use single quotes", 0 },
  { "block sequence entries are not allowed in this context",
    "no '-' may stand here",
    "write the list as [one, two], or each '- item' on a line of its own", 0 },
  { "found character that cannot start any token",
    "a value cannot begin with this character", "put the value in quotes", 0 },
  { "did not find expected <document start>",
    "what follows is no part of the map above",
    "write 'key: value', in the column of the other keys", 0 },
  { "found undefined tag handle", "a '!' begins a tag", "put the value in quotes",
    0 },
  { "exceeded maximum nesting level", "nested too deep", NULL, 0 },
};

/* The line at OFFSET without blanks at its ends, as it may be shown; "" if not.  */
static char *
trimmed_line (const azml__document *document, size_t offset)
{
  size_t n, start = azml__document_line (document, offset, &n);
  const char *line = document->text + start;
  while (n && isspace ((unsigned char)*line))
    line++, n--;
  while (n && isspace ((unsigned char)line[n - 1]))
    n--;
  if (n > 100 || azml__secret_is_name (line, n))
    n = 0;
  return strndup (line, n);
}

/* 1 if TEXT begins with a key and a colon that no blank follows; *RET_KEY is the length
   of the key.  An address such as http://x is none.  */
static int
lacks_blank (const char *text, size_t n, size_t *ret_key)
{
  size_t i = 0;
  while (i < n && (isalnum ((unsigned char)text[i]) || strchr ("_.\"", text[i])))
    i++;
  *ret_key = i;
  return i && i + 1 < n && text[i] == ':' && !strchr (" \t\r\n/\\:", text[i + 1]);
}

int
azml__explain_no_blank (azml__document *document, const char *severity,
                        size_t offset)
{
  size_t n, key, start = azml__document_line (document, offset, &n);
  while (n && document->text[start] == ' ')
    start++, n--;
  if (!lacks_blank (document->text + start, n, &key))
    return 0;
  AZML_AUTO_FREE char *line = trimmed_line (document, offset);
  azml__problem_add (document, severity, start + key,
                     "write 'key: value', with a blank after the colon",
                     "a blank is missing after the colon");
  if (line && *line)
    azml__problem_hint (document, "write '%.*s: %s'", (int)key, line,
                        line + key + 1);
  return 1;
}

/* A tab in front of the first word of the line at OFFSET.  */
static int
explain_tab (azml__document *document, size_t offset)
{
  size_t n, start = azml__document_line (document, offset, &n), i = start;
  while (i < start + n && document->text[i] == ' ')
    i++;
  if (i >= start + n || document->text[i] != '\t')
    return 0;
  AZML_AUTO_FREE char *line = trimmed_line (document, offset);
  azml__problem_add (document, "error", i,
                     "indent the line with blanks, like those that it belongs to",
                     "a tab cannot indent a line");
  if (!line || !*line)
    return 1;
  /* key : value is what some wrote, too.  */
  char *colon = strstr (line, " :");
  if (colon && colon == strpbrk (line, " :"))
    memmove (colon, colon + 1, strlen (colon));
  azml__problem_hint (document,
                      "indent it with blanks, like the line that it"
                      " belongs with: '%s'",
                      line);
  return 1;
}

/* [ - "a" ]: a list in two ways at once.  */
static int
explain_mixed (azml__document *document, const char *problem, size_t at)
{
  if (!strstr (problem, "block sequence entries") && !strstr (problem, "',' or ']'")
      && !strstr (problem, "node content"))
    return 0;
  if (at >= document->length || document->text[at] != '-')
    return 0;
  size_t i = at;
  while (i && strchr (" \t\r\n", document->text[i - 1]))
    i--;
  if (!i || !strchr ("[,", document->text[i - 1]))
    return 0;
  azml__problem_add (
      document, "error", at,
      "write [\"train.py\", \"-v\"], or each '- item' on a line of"
      " its own without [ ]",
      "a '-' inside of [ ]: the list is written in two ways at once");
  return 1;
}

/* A character that begins a word of YAML's own where a value was meant.  */
static int
explain_sign (azml__document *document, const char *context, size_t began)
{
  static const char *const signs[][2] = {
    { "scanning an alias", "a '*' begins an alias" },
    { "scanning an anchor", "a '&' begins an anchor" },
    { "scanning a tag", "a '!' begins a tag" },
    { "scanning a directive", "a '%' begins a directive" },
  };
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (strstr (context, signs[i][0]))
      {
        azml__problem_add (document, "error", began, "put the value in quotes",
                           "%s", signs[i][1]);
        return 1;
      }
  return 0;
}

/* Framework:Python is a text for YAML; where a map has not begun yet, the text goes on over
   the end of the line, and the next colon is the first one that YAML finds wrong.  */
static int
explain_line_before (azml__document *document, const char *problem, size_t at)
{
  size_t n, start = azml__document_line (document, at, &n);
  return start && strstr (problem, "mapping values are not allowed")
         && azml__explain_no_blank (document, "error", start - 1);
}

static void
explain_first (azml__document *document, const char *problem, size_t at,
               const char *context, size_t began)
{
  if (explain_tab (document, at) || explain_mixed (document, problem, at)
      || explain_sign (document, context, began))
    return;
  /* In quotes or brackets a line is no entry.  */
  int block = !strstr (context, "quoted") && !strstr (context, "flow");
  if (block
      && (azml__explain_no_blank (document, "error", began)
          || azml__explain_no_blank (document, "error", at)
          || explain_line_before (document, problem, at)))
    return;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strstr (problem, words[i].problem))
      {
        azml__problem_add (document, "error", words[i].began ? began : at,
                           words[i].hint, "%s", words[i].message);
        return;
      }
  azml__problem_add (document, "error", at, NULL, "%s%s%s", problem,
                     *context ? " " : "", context);
}

static int
is_told (const azml__document *document, int64_t line)
{
  size_t i;
  json_t *problem;
  json_array_foreach (document->problems, i,
                      problem) if (azml__json_integer (problem, "line", 0)
                                   == line) return 1;
  return 0;
}

/* YAML's reader goes no further than the first mistake, but who has left out one blank or
   typed one tab has mostly done so on other lines, too.  */
static void
explain_others (azml__document *document)
{
  size_t n;
  int64_t number = 1;
  for (size_t at = 0; at < document->length; number++)
    {
      size_t start = azml__document_line (document, at, &n);
      const char *text = document->text + start + n;
      if (!is_told (document, number) && !explain_tab (document, start))
        azml__explain_no_blank (document, "error", start);
      at = start + n + (text[0] == '\r' && text[1] == '\n' ? 2 : 1);
    }
}

void
azml__explain (azml__document *document, const char *problem, size_t at,
               const char *context, size_t began)
{
  explain_first (document, problem, at, context, began);
  explain_others (document);
}

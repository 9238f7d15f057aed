/* test-document.c: values changed in the text of a document.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "config/document.h"
#include "tap.h"

#define MOST 8

/* The names in PATH, "a/b", into NAMES; TEXT is changed.  */
static void
split (char *text, const char **names)
{
  size_t n = 0;
  char *rest = NULL;
  for (char *p = strtok_r (text, "/", &rest); p && n < MOST;
       p = strtok_r (NULL, "/", &rest))
    names[n++] = p;
  names[n] = NULL;
}

/* Set PATH of TEXT to VALUE (JSON; NULL: remove it).  Return the code, and the text then
   (new) in *RET.  */
static int
edit (const char *text, const char *path, const char *value, char **ret)
{
  AZML_AUTO (azml__document) d = NULL;
  AZML_AUTO (json_t)
  json = value ? json_loads (value, JSON_DECODE_ANY, NULL) : NULL;
  AZML_AUTO_FREE char *copy = strdup (path);
  const char *names[MOST + 1];
  split (copy, names);
  int rc = azml__document_parse ("x", text, strlen (text), &d, NULL);
  if (rc == 0)
    rc = value ? azml__document_set (d, names, json, NULL)
               : azml__document_remove (d, names, NULL);
  *ret = d ? strdup (d->text) : NULL;
  return rc;
}

static void
becomes (const char *text, const char *path, const char *value, const char *want)
{
  AZML_AUTO_FREE char *got = NULL;
  char name[200];
  int rc = edit (text, path, value, &got);
  snprintf (name, sizeof name, "%s %s %s (%.40s)", value ? "set" : "remove", path,
            value ? value : "", text);
  for (char *p = name; *p; p++)
    if (*p == '\n' || *p == '\r' || *p == '#')
      *p = ' ';
  if (!is_string (got, want, name) || rc < 0)
    ok (rc == 0, "it is taken");
}

static void
is_refused (const char *text, const char *path, const char *value, int code)
{
  AZML_AUTO_FREE char *got = NULL;
  int rc = edit (text, path, value, &got);
  ok (rc == code && got && strcmp (got, text) == 0,
      "%s: refused, and nothing is changed", path);
}

static void
test_scalars (void)
{
  becomes ("a: 1 # one\nb: x\n", "a", "2", "a: 2 # one\nb: x\n");
  becomes ("a: \"x\" \nb: 'y'\n", "a", "\"z\"", "a: \"z\" \nb: 'y'\n");
  becomes ("b: 'y'\n", "b", "\"it's\"", "b: 'it''s'\n");
  becomes ("a: x\r\nb: y\r\n", "b", "\"z\"", "a: x\r\nb: z\r\n");
  becomes ("a: x\r\nb: y", "b", "\"z\"", "a: x\r\nb: z");
  becomes ("nvidiaDocker: false\n", "nvidiaDocker", "true", "nvidiaDocker: true\n");
  becomes ("a: \"true\"\n", "a", "true", "a: true\n");
  becomes ("a: x\n", "a", "\"true\"", "a: \"true\"\n");
  becomes ("a: x\n", "a", "\"1.5\"", "a: \"1.5\"\n");
  becomes ("a: x\n", "a", "\"10.0.0.5\"", "a: 10.0.0.5\n");
  becomes ("a: x\n", "a", "\"b: c\"", "a: \"b: c\"\n");
  becomes ("a: x\n", "a", "\"b #c\"", "a: \"b #c\"\n");
  becomes ("a: x\n", "a", "\"\"", "a: \"\"\n");
  becomes ("a: x\n", "a", "\"-\"", "a: \"-\"\n");
  becomes ("a: x\n", "a", "\"-v\"", "a: -v\n");
  becomes ("a: x\n", "a", "\"two\\nlines\"", "a: \"two\\nlines\"\n");
  becomes ("a: x\n", "a", "null", "a: null\n");
  becomes ("a: x\n", "a", "0.1", "a: 0.1\n");
  becomes ("a: \xc3\xa9t\xc3\xa9 # \xc3\xa9\nb: \xc3\xbc\n", "b", "\"\xc3\xa4\"",
           "a: \xc3\xa9t\xc3\xa9 # \xc3\xa9\nb: \xc3\xa4\n");
  becomes ("a: |\n  one\n  two\nb: x\n", "a", "\"w\"", "a: w\nb: x\n");
  becomes ("a: one\n  two\nb: x\n", "a", "\"w\"", "a: w\nb: x\n");
  becomes ("type: a\nx: 1\ntype: b\n", "type", "\"c\"", "type: a\nx: 1\ntype: c\n");
}

static void
test_nulls (void)
{
  becomes ("a:\nb: x\n", "a", "\"w\"", "a: w\nb: x\n");
  becomes ("a: \nb: x\n", "a", "\"w\"", "a: w\nb: x\n");
  becomes ("a:   # none\nb: x\n", "a", "\"w\"", "a: w # none\nb: x\n");
  becomes ("a: ~\n", "a", "\"w\"", "a: w\n");
  becomes ("a:", "a", "\"w\"", "a: w");
  becomes ("{a: , b: 1}", "a", "2", "{a: 2, b: 1}");
  becomes ("- a\n-\n", "1", "\"w\"", "- a\n- w\n");
  becomes ("a: null\nb: x\n", "a/c", "\"w\"", "a:\n  c: w\nb: x\n");
  becomes ("a:\nb: x\n", "a/c", "\"w\"", "a:\n  c: w\nb: x\n");
  becomes ("{\"a\": null}", "a/c", "\"w\"", "{\"a\": {\"c\": \"w\"}}");
}

static void
test_lists (void)
{
  becomes ("a:\n- x # one\n- y\nb: 1\n", "a", "[\"p\", \"q\", \"r\"]",
           "a:\n- p\n- q\n- r\nb: 1\n");
  becomes ("a:\n  - \"x\"\nb: 1\n", "a", "[\"p\", 2]",
           "a:\n  - \"p\"\n  - 2\nb: 1\n");
  becomes ("a: [\"x\"] # c\n", "a", "[\"p\", \"-v\"]", "a: [\"p\", \"-v\"] # c\n");
  becomes ("a:\n- x\nb: 1\n", "a", "[]", "a: []\nb: 1\n");
  becomes ("a:\n- x\n- y\nb: 1\n", "a/1", "\"z\"", "a:\n- x\n- z\nb: 1\n");
  becomes ("a: [x, y]\n", "a/0", "\"p, q\"", "a: [\"p, q\", y]\n");
  becomes ("a: x\n", "a", "[\"p\"]", "a: [p]\n");
  becomes ("a:\n- x\nb: 1\n", "a", "\"z\"", "a: z\nb: 1\n");
  becomes ("d:\n- p\n- pip:\n  - x\n  - y\n", "d/1/pip/1", "\"z\"",
           "d:\n- p\n- pip:\n  - x\n  - z\n");
}

static void
test_new_keys (void)
{
  becomes ("a: x\n", "b", "true", "a: x\nb: true\n");
  becomes ("a: x", "b", "true", "a: x\nb: true");
  becomes ("a: x\r\nc: z\r\n", "b", "\"w\"", "a: x\r\nc: z\r\nb: w\r\n");
  becomes ("a: \"x\"\n#b: 1\n\n", "b", "\"w\"", "a: \"x\"\n#b: 1\nb: \"w\"\n\n");
  becomes ("\"a\": \"x\"\n", "b", "1", "\"a\": \"x\"\n\"b\": 1\n");
  becomes ("a: 'x'\n", "b", "\"w\"", "a: 'x'\nb: 'w'\n");
  becomes ("  a: x\n", "b", "\"w\"", "  a: x\n  b: w\n");
  becomes ("a: x\nc: z\r\n", "b", "1", "a: x\nc: z\r\nb: 1\r\n");
  becomes ("", "b", "\"w\"", "b: w\n");
  becomes ("# nothing\n", "b", "\"w\"", "# nothing\nb: w\n");
  becomes ("a:\n  b: x # c\nd: y\n", "a/c", "1", "a:\n  b: x # c\n  c: 1\nd: y\n");
  becomes ("a: x\n", "b/c", "1", "a: x\nb:\n  c: 1\n");
  becomes ("a: {b: 1}\n", "a/c", "2", "a: {b: 1, c: 2}\n");
  becomes ("a: {}\n", "a/c", "2", "a: {c: 2}\n");
  becomes ("{\"a\":1}", "b", "\"x\"", "{\"a\":1, \"b\":\"x\"}");
  becomes ("{\"a\": 1, \"c\": [1]}", "b", "true",
           "{\"a\": 1, \"c\": [1], \"b\": true}");
  becomes ("{\n  \"a\":1,\n  \"c\":\"z\"\n}\n", "b", "\"x\"",
           "{\n  \"a\":1,\n  \"c\":\"z\",\n  \"b\":\"x\"\n}\n");
  becomes ("- a: x\n  b: y\n- c\n", "0/d", "1", "- a: x\n  b: y\n  d: 1\n- c\n");
  becomes ("---\na: x\n...\n", "b", "1", "---\na: x\nb: 1\n...\n");
}

static void
test_removals (void)
{
  becomes ("a: x\nb: y # c\nd: z\n", "b", NULL, "a: x\nd: z\n");
  becomes ("a: x\r\nb: y", "b", NULL, "a: x");
  becomes ("a: x\n", "a", NULL, "");
  becomes ("a:\n- x\n- y\nb: 1\n", "a", NULL, "b: 1\n");
  becomes ("a:\n  b: x\nc: 1\n", "a/b", NULL, "a: {}\nc: 1\n");
  becomes ("{a: 1, b: 2, c: 3}", "b", NULL, "{a: 1, c: 3}");
  becomes ("{a: 1, b: 2}", "b", NULL, "{a: 1}");
  becomes ("{a: 1}", "a", NULL, "{}");
  becomes ("- a: x\n  b: y\n", "0/a", NULL, "- b: y\n");
  becomes ("- a: x\n  b: y\n", "0/b", NULL, "- a: x\n");
}

static void
test_refusals (void)
{
  becomes ("a: &x 1\nb: *x\n", "b", "2", "a: &x 1\nb: 2\n");
  is_refused ("a: &x 1\nb: *x\n", "a", "2", AZML_E_UNSUPPORTED);
  is_refused ("a: x\n", "a/b", "2", AZML_E_UNSUPPORTED);
  is_refused ("a: x\n", "b", NULL, AZML_E_NOT_FOUND);
  is_refused ("- x\n", "a", "2", AZML_E_UNSUPPORTED);
  is_refused ("a: [\n", "a", "2", AZML_E_FORMAT);
}

static void
test_mark (void)
{
  static const char text[] = "\xef\xbb\xbf"
                             "a: x\r\n";
  AZML_AUTO (azml__document) d = NULL;
  AZML_AUTO (json_t) value = json_string ("w");
  const char *path[] = { "a", NULL };
  char name[] = "/tmp/azml-test-document.XXXXXX";
  int fd = mkstemp (name);
  char back[64] = "";
  ok (azml__document_parse ("x", text, sizeof text - 1, &d, NULL) == 0
          && azml__document_get (d, path)->start.column == 4,
      "a byte order mark is no character of the first line");
  ok (azml__document_set (d, path, value, NULL) == 0
          && azml__document_write (d, name, NULL) == 0,
      "a document with one is changed and written");
  AZML_AUTO (FILE) file = fopen (name, "r");
  ok (file && fread (back, 1, sizeof back - 1, file) == 9
          && strcmp (back, "\xef\xbb\xbf"
                           "a: w\r\n")
                 == 0,
      "and has it still");
  close (fd);
  unlink (name);
}

int
main (void)
{
  test_scalars ();
  test_nulls ();
  test_lists ();
  test_new_keys ();
  test_removals ();
  test_refusals ();
  test_mark ();
  return done_testing ();
}

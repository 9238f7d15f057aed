/* test-config-edit.c: edits of anchors, aliases and tags, and of files with any line end.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>

#include "config/document.h"
#include "config/file.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "tap.h"

/* KEY of TEXT becomes "x", or is removed: the text then, or words of the refusal.  */
static const struct
{
  const char *name, *text, *key, *after, *refusal, *hint;
  int remove;
} edits[] = {
  { "an alias gives way to a value", "a: &t local\nb: *t # c\n", "b",
    "a: &t local\nb: x # c\n", NULL, NULL, 0 },
  { "an anchor that nothing needs stays", "a: &t 'local' # c\nb: 1\n", "a",
    "a: &t 'x' # c\nb: 1\n", NULL, NULL, 0 },
  { "a tag goes with the value that it was of", "a: !!str local\nb: 1\n", "a",
    "a: x\nb: 1\n", NULL, NULL, 0 },
  { "an anchor stays in front of where a tag was", "a: &t !!str local\n", "a",
    "a: &t x\n", NULL, NULL, 0 },
  { "a value that an alias stands for", "a: &t local\nb: *t\n", "a", NULL,
    "f:1:4: this cannot be changed in place: '*t' on line 2 stands for it, too",
    "write the value itself in the place of '*t'", 0 },
  { "a value below one that an alias stands for", "a: &t\n  k: 1\nb: *t\n", "a.k",
    NULL,
    "f:2:6: this cannot be changed in place: '*t' on line 3 stands for it, too",
    "write the value itself in the place of '*t'", 0 },
  { "a value behind an alias", "a: &t\n  k: 1\nb: *t\n", "b.k", NULL,
    "f:3:4: this cannot be changed in place: '*t' stands for the value on line 1",
    "write the value itself in its place", 0 },
  { "a list with an anchor", "a: &t [b]\n", "a", NULL,
    "f:1:4: this cannot be changed in place: an anchor stands in front of it",
    "remove the word that begins with '&'", 0 },
  { "a map with a tag", "a: !!map {b: 1}\n", "a", NULL,
    "f:1:4: this cannot be changed in place: a tag stands in front of it",
    "remove the word that begins with '!'", 0 },
  { "a key more below an anchor", "a: &t\n  k: 1\nc: 2\n", "a.m",
    "a: &t\n  k: 1\n  m: x\nc: 2\n", NULL, NULL, 0 },
  { "lines that end with CR", "a: b\rc: d\r", "c", "a: b\rc: x\r", NULL, NULL, 0 },
  { "a key more, with CR", "a: b\rc: d\r", "e", "a: b\rc: d\re: x\r", NULL, NULL,
    0 },
  { "a key more, with CR and no last one", "a: b\rc: d", "e", "a: b\rc: d\re: x",
    NULL, NULL, 0 },
  { "a key more in a map, with CR", "a:\r  b: c\rd: e\r", "a.f",
    "a:\r  b: c\r  f: x\rd: e\r", NULL, NULL, 0 },
  { "a key less, with CR", "a: b\rc: d\re: f\r", "c", "a: b\re: f\r", NULL, NULL,
    1 },
  { "the last key less, with CR", "a: b\rc: d", "c", "a: b", NULL, NULL, 1 },
  { "the last key less, with CR and LF", "a: b\r\nc: d", "c", "a: b", NULL, NULL,
    1 },
};

static void
test_edit (size_t i)
{
  AZML_AUTO (azml__document) d = NULL;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) value = json_string ("x");
  AZML_AUTO_FREE char *keys = strdup (edits[i].key);
  char *dot = strchr (keys, '.');
  const char *path[3] = { keys, dot ? dot + 1 : NULL, NULL };
  if (dot)
    *dot = '\0';
  if (!ok (azml__document_parse ("f", edits[i].text, strlen (edits[i].text), &d,
                                 &err)
               == 0,
           "%s: read", edits[i].name))
    return;
  int rc = edits[i].remove ? azml__document_remove (d, path, &err)
                           : azml__document_set (d, path, value, &err);
  if (edits[i].after)
    {
      ok (rc == 0, "%s: done", edits[i].name);
      is_string (d->text, edits[i].after, edits[i].name);
      return;
    }
  ok (rc == AZML_E_UNSUPPORTED, "%s: refused", edits[i].name);
  is_string (azml_error_message (err), edits[i].refusal, "by its cause");
  is_string (azml_error_hint (err), edits[i].hint, "with what to write");
  is_string (d->text, edits[i].text, "and nothing is changed");
}

/* A file, and its problems: "LINE:COLUMN MESSAGE / HINT" each.  */
static const struct
{
  const char *text, *problems;
} reads[] = {
  { "type: &t local\npythonLocation: *t\n", "" },
  { "type: local\npythonLocation: &python\n",
    "2:17 a word that begins with '&' is an anchor, and no value follows it / put "
    "the"
    " value in quotes if it is meant so\n" },
  { "type: local\npythonLocation: !python\n",
    "2:17 a word that begins with '!' is a tag, and no value follows it / put the"
    " value in quotes if it is meant so\n" },
  { "type: !own local\n",
    "1:7 a word that begins with '!' is a tag, which is ignored"
    " / put the value in quotes if it is meant so\n" },
  { "type: !!str local\n", "" },
  { "type: local\npythonLocation: *.exe\n",
    "2:17 a '*' begins an alias / put the value in quotes\n" },
  { "type: local\npythonLocation: *python\n",
    "2:17 this alias has no anchor / put the value in quotes if it is no "
    "alias\n" },
  { "type: local\npassword: *hunter2\n",
    "2:11 this alias has no anchor / put the value in quotes if it is no alias\n" },
  { "type: local\npythonLocation: &.exe\n",
    "2:17 a '&' begins an anchor / put the value in quotes\n" },
  { "type: local\n<<: {pythonLocation: python3}\n",
    "2:1 '<<' is no key of a .compute file; it is ignored / write the keys of that "
    "map"
    " out here\n" },
  { "type: local\rpythnLocation: a\r\nnative : x y\rsharedVolumes: yes\n",
    "2:1 'pythnLocation' is no key of a .compute file; it is ignored / did you mean"
    " 'pythonLocation'?\n"
    "3:10 'native' is true or false, not 'x y' / write 'native: true' or 'native:"
    " false'\n"
    "4:16 'sharedVolumes' is ignored: a target of type local has no use for it\n" },
};

static void
test_read (size_t i)
{
  AZML_AUTO (azml__document) d = NULL;
  AZML_AUTO (json_t) got = NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  size_t at;
  json_t *p;
  ok (azml__document_parse ("f", reads[i].text, strlen (reads[i].text), &d, NULL)
              == 0
          && azml__file_kind_read (d, "compute", &got, NULL) == 0,
      "file %zu is read", i + 1);
  json_array_foreach (json_object_get (got, "problems"), at, p)
  {
    const char *hint = azml__json_string (p, "hint");
    azml__buffer_add_format (
        &text, "%d:%d %s%s%s\n", (int)azml__json_integer (p, "line", 0),
        (int)azml__json_integer (p, "column", 0), azml__json_string (p, "message"),
        hint ? " / " : "", hint ? hint : "");
  }
  is_string (text.data ? text.data : "", reads[i].problems,
             "what is wrong is said");
}

/* The size that is refused is one number, whoever finds it.  */
static void
test_size (void)
{
  static const char want[] = "larger than 1024 KiB, which no such file is";
  for (size_t more = 1; more <= 100; more += 99)
    {
      char name[] = "/tmp/azml-test-config-edit.XXXXXX";
      AZML_AUTO (azml__document) d = NULL;
      AZML_AUTO (azml_error) err = NULL;
      AZML_AUTO_CLOSE int fd = mkostemp (name, O_CLOEXEC);
      ok (fd >= 0 && ftruncate (fd, (off_t)(AZML__DOCUMENT_LIMIT + more)) == 0,
          "a file of %zu bytes too many", more);
      ok (azml__document_read (name, &d, &err) == AZML_E_TOO_LARGE
              && strstr (azml_error_message (err), want),
          "is refused in KiB");
      is_string (azml_error_hint (err), "is it a data file?", "with a hint");
      unlink (name);
    }
}

int
main (void)
{
  for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
    test_edit (i);
  for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
    test_read (i);
  test_size ();
  return done_testing ();
}

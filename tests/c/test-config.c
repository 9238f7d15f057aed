/* test-config.c: the files of Workbench and its successors: values and diagnostics.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   tests/fixtures/workbench/expected.json says what each file there holds, and what is
   wrong in it.  AZML_WORKBENCH_SAMPLES may name a folder of real files, whose values are
   in samples.json; each file that can be read is changed and changed back, too.  */

#include <config.h>

#include <fcntl.h>
#include <string.h>

#include "config/document.h"
#include "config/file.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "tap.h"

/* 1 if all that WANT has is in GOT.  */
static int
holds (const json_t *got, const json_t *want)
{
  const char *key;
  json_t *value;
  if (!json_is_object (want) || !json_is_object (got))
    return json_equal (got, want);
  json_object_foreach ((json_t *)want, key, value)
  {
    if (!holds (json_object_get (got, key), value))
      {
        char *text = json_dumps (json_object_get (got, key), JSON_ENCODE_ANY);
        printf ("# %s is %s\n", key, text ? text : "missing");
        free (text);
        return 0;
      }
  }
  return 1;
}

/* "LINE:COLUMN SEVERITY: MESSAGE / HINT" (new).  */
static char *
problem_text (const json_t *p)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const char *hint = azml__json_string (p, "hint");
  azml__buffer_add_format (
      &text, "%d:%d %s: %s", (int)azml__json_integer (p, "line", 0),
      (int)azml__json_integer (p, "column", 0), azml__json_string (p, "severity"),
      azml__json_string (p, "message"));
  if (hint)
    azml__buffer_add_format (&text, " / %s", hint);
  return azml__buffer_steal (&text);
}

/* The problems begin as those that are WANTed, and there are no others.  */
static int
has_problems (const json_t *problems, const json_t *want)
{
  size_t n = json_array_size (problems);
  int good = n == json_array_size (want);
  for (size_t i = 0; i < n; i++)
    {
      AZML_AUTO_FREE char *text = problem_text (json_array_get (problems, i));
      const char *expected = json_string_value (json_array_get (want, i));
      good = good && expected && strncmp (text, expected, strlen (expected)) == 0;
      if (!good)
        printf ("# %s\n", text);
    }
  return good;
}

/* The file with its only values that differ from WANT said.  */
static void
check_file (const char *folder, const char *name, const json_t *want, int exact)
{
  AZML_AUTO_FREE char *path = azml__path_join (folder, name);
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) got = NULL;
  json_t *values = json_object_get (want, "values");
  if (!ok (azml__config_read (path, NULL, &got, &err) == 0, "%s is read", name))
    {
      printf ("# %s\n", azml_error_message (err));
      return;
    }
  AZML_AUTO_FREE char *all = json_dumps (got, 0);
  if (strncmp (name, "secret", 6) == 0)
    ok (all && !strstr (all, "hunter2"), "%s: nothing says what is secret", name);
  json_t *problems = json_object_get (got, "problems");
  if (values)
    ok (holds (json_object_get (got, "values"), values)
            && (!exact || holds (values, json_object_get (got, "values"))),
        "%s: its values", name);
  if (json_object_get (want, "problems"))
    ok (has_problems (problems, json_object_get (want, "problems")),
        "%s: what is wrong, and where", name);
  if (!exact)
    ok (json_is_true (json_object_get (got, "ok")) == (values != NULL), "%s: %s",
        name, values ? "no error" : "an error");
  else
    ok (json_is_true (json_object_get (got, "ok"))
                == json_is_true (json_object_get (want, "ok"))
            && (json_is_null (json_object_get (want, "kind"))
                || strcmp (azml__json_string (got, "kind"),
                           azml__json_string (want, "kind"))
                       == 0),
        "%s: its kind, and whether it can be used", name);
}

/* How many lines differ, if the numbers of lines are the same; else -1.  */
static int
lines_changed (const char *a, const char *b)
{
  int n = 0;
  while (*a && *b)
    {
      size_t i = strcspn (a, "\n"), j = strcspn (b, "\n");
      n += i != j || memcmp (a, b, i) != 0;
      a += i + (a[i] == '\n');
      b += j + (b[j] == '\n');
    }
  return *a || *b ? -1 : n;
}

/* Each text value of the top map: changed, only its line differs; changed back, nothing
   does.  A key more and less: nothing differs.  */
static void
check_edits (const char *folder, const char *name)
{
  AZML_AUTO_FREE char *path = azml__path_join (folder, name);
  AZML_AUTO (azml__document) d = NULL;
  if (azml__document_read (path, &d, NULL) < 0 || d->broken
      || azml__yaml_is_null (d->root) || d->root->kind != AZML__YAML_MAP)
    return;
  AZML_AUTO_FREE char *before = strdup (d->text);
  AZML_AUTO (json_t) changed = json_string ("changed/value:1-2");
  AZML_AUTO (json_t) whole = azml__yaml_to_json (d->root);
  if (!whole)
    return; /* too large with its aliases */
  int good = before != NULL, edits = 0;
  const char *key, *more[] = { "aKeyThatIsNew", NULL };
  json_t *value;
  json_object_foreach (whole, key, value)
  {
    const char *at[] = { key, NULL };
    AZML_AUTO (azml_error) err = NULL;
    const azml__yaml *node = azml__document_get (d, at);
    if (!json_is_string (value)
        || memchr (d->text + node->start.offset, '\n',
                   node->end - node->start.offset))
      continue; /* what has several lines comes back as one */
    edits++;
    int rc = azml__document_set (d, at, changed, &err);
    good = good && rc == 0 && lines_changed (before, d->text) == 1;
    rc = rc < 0 ? rc : azml__document_set (d, at, value, &err);
    good =
        good && rc == 0
        && (strcmp (before, d->text) == 0 || lines_changed (before, d->text) <= 1);
    if (!good)
      {
        printf ("# %s: %s\n", key, azml_error_message (err));
        break;
      }
  }
  AZML_AUTO_FREE char *between = strdup (d->text);
  int rc = azml__document_set (d, more, changed, NULL);
  good = good && rc == 0 && strlen (d->text) > strlen (between);
  rc = azml__document_remove (d, more, NULL);
  good = good && rc == 0 && strcmp (between, d->text) == 0;
  ok (good, "%s: %d values changed and changed back, a key added and removed", name,
      edits);
}

static void
check_folder (const char *folder, const char *table, int exact)
{
  AZML_AUTO (json_t) want = NULL;
  AZML_AUTO (azml_error) err = NULL;
  const char *name;
  json_t *entry;
  if (!ok (azml__json_read (AT_FDCWD, table, &want, &err) == 0, "%s", table))
    return;
  json_object_foreach (want, name, entry)
  {
    check_file (folder, name, entry, exact);
    check_edits (folder, name);
  }
}

static void
test_large (const char *file)
{
  AZML_AUTO_FREE char *path = azml__path_join (file, "large.compute");
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) got = NULL;
  AZML_AUTO_CLOSE int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ok (fd >= 0 && ftruncate (fd, 100 << 20) == 0, "a file of 100 MiB");
  ok (azml__config_read (path, NULL, &got, &err) == AZML_E_TOO_LARGE
          && strstr (azml_error_message (err), "large.compute"),
      "is refused by its size, and named");
  unlink (path);
}

/* A text of 300 kB that 30,000 aliases repeat; and 20,000 anchors for 12,000 aliases. */
static void
test_aliases (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO (azml__document) large = NULL;
  AZML_AUTO (azml__document) many = NULL;
  azml__buffer_add_text (&text, "a: &a ");
  for (int i = 0; i < 300000; i++)
    azml__buffer_add_char (&text, 'x');
  azml__buffer_add_text (&text, "\nArgumentVector: [");
  for (int i = 0; i < 30000; i++)
    azml__buffer_add_text (&text, "*a, ");
  azml__buffer_add_text (&text, "]\n");
  ok (azml__buffer_ok (&text)
          && azml__document_parse ("x", text.data, text.length, &large, NULL) == 0
          && large->broken
          && strstr (
              azml__json_string (json_array_get (large->problems, 0), "message"),
              "the aliases stand for more than 256 KiB"),
      "a large text repeated by aliases is refused");
  text.length = 0;
  azml__buffer_add_text (&text, "a: [");
  for (int i = 0; i < 20000; i++)
    azml__buffer_add_format (&text, "&a%d x, ", i);
  azml__buffer_add_text (&text, "]\nb: [");
  for (int i = 0; i < 12000; i++)
    azml__buffer_add_text (&text, "*a1, ");
  azml__buffer_add_text (&text, "]\n");
  ok (azml__buffer_ok (&text)
          && azml__document_parse ("x", text.data, text.length, &many, NULL) == 0
          && !many->broken,
      "many anchors and aliases are read");
}

int
main (void)
{
  const char *source = getenv ("AZML_SRCDIR");
  const char *samples = getenv ("AZML_WORKBENCH_SAMPLES");
  AZML_AUTO_FREE char *folder =
      azml__path_join (source ? source : ".", "tests/fixtures/workbench");
  AZML_AUTO_FREE char *own = azml__path_join (folder, "expected.json");
  AZML_AUTO_FREE char *real = azml__path_join (folder, "samples.json");
  char scratch[] = "/tmp/azml-test-config.XXXXXX";
  check_folder (folder, own, 1);
  if (samples && *samples)
    check_folder (samples, real, 0);
  if (ok (mkdtemp (scratch) != NULL, "a scratch folder"))
    {
      test_large (scratch);
      test_aliases ();
      rmdir (scratch);
    }
  return done_testing ();
}

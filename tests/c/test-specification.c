/* test-specification.c: specifications of environments: checks, hashes, versions.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/secret.h"
#include "digest/sha256.h"
#include "environment/show.h"
#include "environment/spec.h"
#include "environment/tail.h"
#include "environment/version.h"
#include "tap.h"

static json_t *
parse (const char *text)
{
  return json_loads (text, JSON_DECODE_ANY, NULL);
}

static int
normalise (const char *text, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) spec = parse (text);
  *ret = NULL;
  return azml__spec_normalise (spec, ret, err);
}

static void
test_malformed (void)
{
  static const struct
  {
    const char *spec;
    const char *says;
  } cases[] = {
    { "[]", "not an object" },
    { "{\"pipp\": []}", "no field 'pipp'" },
    { "{\"python\": 3.11}", "'python' is not a text" },
    { "{\"python\": \"three\"}", "'three' is no version of python" },
    { "{\"python\": \"3.11,\"}", "'3.11,' is no version" },
    { "{\"python\": \">=\"}", "no version" },
    { "{\"pip\": \"six\"}", "'pip' is not a list" },
    { "{\"pip\": [1]}", "'pip' has something that is not a text" },
    { "{\"pip\": [\"\"]}", "'pip' has an empty text" },
    { "{\"pip\": [\"a\\nb\"]}", "control character" },
    { "{\"pip\": [\"-r requirements.txt\"]}",
      "'-r requirements.txt' in 'pip' is an" },
    { "{\"pip\": [\"./here\"]}", "'./here' in 'pip' is neither" },
    { "{\"pip_options\": [\"--target=/x\"]}", "'--target=/x' cannot be one of" },
    { "{\"pip_options\": [\"-r\", \"x\"]}", "'-r' cannot be one of" },
    { "{\"builder\": \"npm\"}", "no builder is called 'npm'" },
    { "{\"builder\": \"uv\", \"conda\": [\"gcc\"]}",
      "'uv' cannot install the conda "
      "package 'gcc'" },
    { "{\"prefix\": [\"env\"], \"pip\": [\"six\"]}", "a prefix cannot have" },
    { "{\"prefix\": [\"\"]}", "'prefix' has no program" },
    { "{\"variables\": [\"A=1\"]}", "'variables' is not an object" },
    { "{\"variables\": {\"A\": 1}}", "the variable 'A' is not a text" },
    { "{\"variables\": {\"A=B\": \"1\"}}", "a name that no variable" },
    { "{\"python\": \"3.11\", \"conda\": [\"Python=3.10\"]}",
      "python is given twice" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      AZML_AUTO (azml_error) err = NULL;
      AZML_AUTO (json_t) spec = NULL;
      int rc = normalise (cases[i].spec, &spec, &err);
      ok (rc == AZML_E_INVALID && strstr (azml_error_message (err), cases[i].says)
              && !spec,
          "%s is refused", cases[i].spec);
      if (!strstr (azml_error_message (err), cases[i].says))
        printf ("# says: %s\n", azml_error_message (err));
    }
}

static void
test_normalised (void)
{
  AZML_AUTO (json_t) spec = NULL;
  AZML_AUTO (json_t) want = parse ("{\"pip\": [\"six\"], \"python\": \"3.11\"}");
  ok (normalise ("{\"python\": \" 3.11 \", \"pip\": [\"six \"], \"conda\": [],"
                 " \"channels\": null, \"variables\": {}, \"builder\": \"\"}",
                 &spec, NULL)
          == 0,
      "blanks and empty fields are fine");
  ok (json_equal (spec, want), "and left out");
  json_decref (azml_steal (&spec));
  ok (azml__spec_normalise (NULL, &spec, NULL) == 0 && json_object_size (spec) == 0,
      "no specification is an empty one");
}

/* The hash of the specification TEXT (new).  */
static char *
hash_of (const char *text)
{
  AZML_AUTO (json_t) spec = NULL;
  char *hash = NULL;
  if (normalise (text, &spec, NULL) < 0
      || azml__spec_hash (spec, "venv", "3.11.2", "x86_64-linux", &hash, NULL) < 0)
    return NULL;
  return hash;
}

static void
test_hash (void)
{
  static const struct
  {
    const char *a;
    const char *b;
    int same;
  } cases[] = {
    { "{\"pip\": [\"a\"], \"python\": \"3.11\"}",
      "{\"python\": \"3.11\", \"pip\": [\"a\"]}", 1 },
    { "{\"pip\": [\"a\", \"b>=1\"]}", "{\"pip\": [\"b >= 1\", \"a\", \"a\"]}", 1 },
    { "{\"pip\": [\"scikit_learn\"]}", "{\"pip\": [\"Scikit-Learn\"]}", 1 },
    { "{\"pip\": [\"zope.interface\"]}", "{\"pip\": [\"zope--interface\"]}", 1 },
    { "{\"pip\": [\"a\"], \"python\": \"3.11\"}",
      "{\"pip\": [\"a\"], \"python\": \">=3.9\"}", 1 },
    { "{\"pip\": [\"a\"]}", "{\"pip\": [\"a\"], \"variables\": {\"K\": \"v\"}}",
      1 },
    { "{\"pip\": [\"a\"]}", "{\"pip\": [\"a\"], \"builder\": \"venv\"}", 1 },
    { "{\"pip\": [\"a\"]}", "{\"pip\": [\"a==1\"]}", 0 },
    { "{\"pip\": [\"a\"]}", "{\"conda\": [\"a\"]}", 0 },
    { "{\"conda\": [\"a_b\"]}", "{\"conda\": [\"a-b\"]}", 0 },
    { "{\"conda\": [\"python 3\"]}", "{\"conda\": [\"python3\"]}", 0 },
    { "{\"conda\": [\"a\"], \"channels\": [\"x\", \"y\"]}",
      "{\"conda\": [\"a\"], \"channels\": [\"y\", \"x\"]}", 0 },
    { "{\"pip\": [\"a\"], \"pip_options\": [\"--no-deps\", \"--pre\"]}",
      "{\"pip\": [\"a\"], \"pip_options\": [\"--pre\", \"--no-deps\"]}", 0 },
    { "{\"pip\": [\"a @ https://x/A_b.whl\"]}",
      "{\"pip\": [\"a @ https://x/a-b.whl\"]}", 0 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      AZML_AUTO_FREE char *a = hash_of (cases[i].a);
      AZML_AUTO_FREE char *b = hash_of (cases[i].b);
      ok (a && b && strlen (a) == 64 && (strcmp (a, b) == 0) == cases[i].same,
          "%s and %s have %s hash", cases[i].a, cases[i].b,
          cases[i].same ? "one" : "another");
    }
}

static void
test_hash_parts (void)
{
  AZML_AUTO (json_t) spec = parse ("{\"pip\": [\"Six\"], \"python\": \"3.11\"}");
  AZML_AUTO_FREE char *a = NULL;
  AZML_AUTO_FREE char *b = NULL;
  AZML_AUTO_FREE char *c = NULL;
  AZML_AUTO_FREE char *d = NULL;
  azml__digest digest;
  char hex[AZML__DIGEST_HEX_SIZE];
  static const char text[] =
      "{\"builder\":\"venv\",\"format\":1,\"platform\":\"p\","
      "\"python\":\"3.11.2\",\"spec\":{\"pip\":[\"six\"]}}";
  ok (azml__spec_hash (spec, "venv", "3.11.2", "p", &a, NULL) == 0
          && azml__spec_hash (spec, "uv", "3.11.2", "p", &b, NULL) == 0
          && azml__spec_hash (spec, "venv", "3.11.3", "p", &c, NULL) == 0
          && azml__spec_hash (spec, "venv", "3.11.2", "q", &d, NULL) == 0,
      "hashes of one specification");
  azml__sha256_bytes (text, strlen (text), &digest);
  is_string (a, azml__digest_hex (&digest, hex),
             "the hash is that of the canonical JSON");
  ok (strcmp (a, b) && strcmp (a, c) && strcmp (a, d),
      "builder, python and platform are part of it");
}

/* A file that changed is another package.  */
static void
test_hash_of_file (void)
{
  char folder[] = "/tmp/azml-test-XXXXXX";
  ok (mkdtemp (folder) != NULL, "a scratch folder");
  AZML_AUTO_FREE char *file = azml__path_join (folder, "a-1.0-py3-none-any.whl");
  AZML_AUTO_FREE char *spec = azml__path_format ("{\"pip\": [\"%s\"]}", file);
  ok (azml__file_replace (AT_FDCWD, file, "1", 1, 0600, 0, NULL) == 0, "a wheel");
  AZML_AUTO_FREE char *a = hash_of (spec);
  AZML_AUTO_FREE char *b = hash_of (spec);
  ok (azml__file_replace (AT_FDCWD, file, "22", 2, 0600, 0, NULL) == 0,
      "a new one");
  AZML_AUTO_FREE char *c = hash_of (spec);
  ok (a && b && c && strcmp (a, b) == 0, "a local file has its hash");
  ok (a && c && strcmp (a, c) != 0, "and when it changes another");
  ok (azml__file_remove_tree (AT_FDCWD, folder, NULL) == 0, "all is removed");
}

static void
test_versions (void)
{
  static const struct
  {
    const char *wanted;
    const char *found;
    int matches;
  } cases[] = {
    { "3.11", "3.11.2", 1 },        { "3.11", "3.1.1", 0 },
    { "3.1", "3.11.2", 0 },         { "3.11.2", "3.11.2", 1 },
    { "3.11.2", "3.11.20", 0 },     { "3", "3.13.0rc1", 1 },
    { ">=3.9", "3.11.2", 1 },       { ">=3.9", "3.9.0", 1 },
    { ">=3.12", "3.11.9", 0 },      { ">3.11", "3.11.0", 0 },
    { "<3.12", "3.11.2", 1 },       { "<=3.11", "3.11.0", 1 },
    { ">=3.9,<3.13", "3.12.1", 1 }, { ">=3.9, <3.13", "3.13.0", 0 },
    { "==3.11.*", "3.11.7", 1 },    { "!=3.11.2", "3.11.2", 0 },
    { "!=3.11.2", "3.11.3", 1 },    { "~=3.10", "3.12.1", 1 },
    { "~=3.10.1", "3.11.0", 0 },    { "3.10", "pypy-3.10.1", 0 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ok (azml__version_check (cases[i].wanted, NULL) == 0
            && azml__version_matches (cases[i].wanted, cases[i].found)
                   == cases[i].matches,
        "%s %s %s", cases[i].found, cases[i].matches ? "is" : "is not",
        cases[i].wanted);
  ok (azml__version_compare ("3.9.18", "3.10.2") < 0, "3.9 is older than 3.10");
}

static void
test_tail (void)
{
  AZML_CLEANUP (azml__tail_done) azml__tail tail = { AZML__BUFFER_INIT };
  for (int i = 0; i < 5000; i++)
    {
      AZML_AUTO_FREE char *line = azml__path_format ("line %d\n", i);
      azml__tail_add (&tail, line, strlen (line));
    }
  AZML_AUTO_FREE char *many = azml__tail_lines (&tail);
  int lines = 0;
  for (const char *p = many; *p; p++)
    lines += *p == '\n';
  ok (lines == 15 && strstr (many, "\n  line 4985\n") && strstr (many, "line 4999"),
      "fifteen lines are shown, the last ones");
  static const char odd[] =
      "\033[31mred\033[0m\n\n10%\r100% done\nbad \377 byte\ttab\n";
  AZML_CLEANUP (azml__tail_done) azml__tail second = { AZML__BUFFER_INIT };
  azml__tail_add (&second, odd, sizeof odd - 1);
  AZML_AUTO_FREE char *text = azml__tail_lines (&second);
  is_string (text, "\n  red\n  100% done\n  bad ? byte tab", "they are readable");
  ok (!azml__tail_hint (&second), "they hint at nothing");
  azml__tail_add (&second, "No matching distribution found for x\n", 37);
  ok (azml__tail_hint (&second)
          && strstr (azml__tail_hint (&second), "check the name"),
      "now they do");
}

static void
test_show (void)
{
  AZML_AUTO_FREE char *secret = azml__secret_hide ("-i=https://me:a@b@host/x@y");
  AZML_AUTO_FREE char *plain = azml__secret_hide ("https://host/x@y");
  AZML_AUTO (json_t)
  spec = parse (
      "{\"pip_options\": [\"https://me:pw@h/\"], \"variables\": {\"K\": \"pw\"}}");
  AZML_AUTO (json_t) shown = azml__show_spec (spec);
  AZML_AUTO_FREE char *text = json_dumps (shown, JSON_COMPACT);
  is_string (secret, "-i=https://***@host/x@y", "a password is not shown");
  is_string (plain, "https://host/x@y", "an address without one is");
  is_string (text, "{\"pip_options\":[\"https://***@h/\"]}", "nor is it stored");
}

int
main (void)
{
  test_malformed ();
  test_normalised ();
  test_hash ();
  test_hash_parts ();
  test_hash_of_file ();
  test_versions ();
  test_tail ();
  test_show ();
  return done_testing ();
}

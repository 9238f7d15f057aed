/* test-environment.c: specifications, hashes, versions, plans, stamps, messages.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What a builder really does is tested by tests/integration/test-environment.sh. */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "digest/sha256.h"
#include "environment/builder.h"
#include "environment/environment.h"
#include "environment/python.h"
#include "environment/spec.h"
#include "environment/tail.h"
#include "environment/version.h"
#include "tap.h"

static char scratch[] = "/tmp/azml-test-XXXXXX";

static json_t *
parse (const char *text)
{
  return json_loads (text, JSON_DECODE_ANY, NULL);
}

static void
write_file (const char *name, const char *text, mode_t mode)
{
  AZML_AUTO_FREE char *path = azml__path_join (scratch, name);
  AZML_AUTO_FREE char *folder = azml__path_folder (path);
  ok (azml__folder_make (folder, 0700, NULL) == 0
          && azml__file_replace (AT_FDCWD, path, text, strlen (text), mode, 0, NULL)
                 == 0,
      "wrote %s", name);
}

/* A program NAME that answers as the interpreter of VERSION would.  */
static void
write_python (const char *name, const char *version)
{
  AZML_AUTO_FREE char *text =
      azml__path_format ("#!/bin/sh\necho '%s'\necho '%s/%s'\necho '%s/%s'\n",
                         version, scratch, name, scratch, name);
  write_file (name, text, 0755);
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

static int
plan_with (const char *text, const char *search, azml__environment_plan *plan,
           azml_error **err)
{
  AZML_AUTO (json_t) spec = parse (text);
  return azml__environment_make_plan (spec, scratch, search, plan, err);
}

/* SPEC cannot be met with the programs in FOLDER of the scratch folder.  */
static void
refused (const char *text, const char *folder, const char *says, const char *hint)
{
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan plan = { 0 };
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *search = azml__path_join (scratch, folder);
  int rc = plan_with (text, search, &plan, &err);
  ok (rc == AZML_E_ENVIRONMENT && strstr (azml_error_message (err), says)
          && azml_error_hint (err) && strstr (azml_error_hint (err), hint),
      "%s with %s is refused: %s", text, folder, says);
  if (!err || !strstr (azml_error_message (err), says))
    printf ("# says: %s\n", azml_error_message (err));
}

static void
test_refused_plans (void)
{
  refused ("{\"python\": \"3.7\"}", "empty",
           "no python 3.7 on this machine; there is "
           "none",
           "apt install python3.7");
  refused ("{\"pip\": [\"six\"]}", "empty", "no python 3 on", "python3");
  refused ("{\"python\": \"3.7\"}", "pythons", "3.11.2 (",
           "ask for one that is there");
  refused ("{\"python\": \">=3.14\", \"pip\": [\"six\"]}", "pythons",
           "no python >=3.14 on", "install such a python");
  refused ("{\"conda\": [\"numpy=1.26\", \"scipy\"]}", "pythons",
           "conda package 'numpy=1.26' needs micromamba, mamba, conda or pixi",
           "install micromamba");
  refused ("{\"pip\": [\"six\"], \"builder\": \"uv\"}", "pythons",
           "builder 'uv', which is to install the pip package 'six', is not",
           "install uv");
  refused ("{\"conda\": [\"a\"], \"builder\": \"pixi\"}", "condas", "'pixi'",
           "pixi.sh");
  refused ("{\"prefix\": [\"guix\", \"shell\", \"--\"]}", "empty", "program 'guix'",
           "install it");
}

static void
test_choice_of_python (void)
{
  static const struct
  {
    const char *spec;
    const char *version;
  } cases[] = {
    { "{\"pip\": [\"six\"]}", "3.11.2" },
    { "{\"python\": \"3.11\"}", "3.11.2" },
    { "{\"python\": \">=3.9\"}", "3.11.2" }, /* the default is right */
    { "{\"python\": \"3.9\"}", "3.9.18" },
    { "{\"python\": \"<3.11\"}", "3.10.4" }, /* the newest that is right */
    { "{\"python\": \"3.12\"}", "3.12.0" },  /* under the bare name only */
  };
  AZML_AUTO_FREE char *search = azml__path_format ("%s/broken:%s/pythons:%s/other",
                                                   scratch, scratch, scratch);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      AZML_CLEANUP (azml__environment_plan_done)
      azml__environment_plan plan = { 0 };
      int rc = plan_with (cases[i].spec, search, &plan, NULL);
      ok (rc == 0, "%s can be met", cases[i].spec);
      is_string (plan.python, cases[i].version, cases[i].spec);
    }
  AZML_AUTO (json_t) probe = NULL;
  ok (azml__environment_probe (search, &probe, NULL) == 0
          && json_array_size (json_object_get (probe, "pythons")) == 4,
      "the probe finds all four that work");
}

static void
test_choice_of_builder (void)
{
  static const struct
  {
    const char *spec;
    const char *folders;
    const char *builder;
    const char *first; /* of the first step, the builder's own words */
  } cases[] = {
    { "{\"pip\": [\"six\"]}", "pythons", "venv", "-m" },
    { "{\"pip\": [\"six\"]}", "pythons:uvs", "uv", "venv" },
    { "{\"pip\": [\"six\"], \"builder\": \"venv\"}", "pythons:uvs", "venv", "-m" },
    { "{\"pip\": [\"six\"], \"conda\": [\"gcc\"]}", "condas", "mamba", "create" },
    { "{\"conda\": [\"gcc\"], \"builder\": \"conda\"}", "condas", "conda",
      "create" },
    { "{\"conda\": [\"gcc\"]}", "pixis", "pixi", "init" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      AZML_CLEANUP (azml__environment_plan_done)
      azml__environment_plan plan = { 0 };
      AZML_AUTO_FREE char *search = azml__path_format (
          "%s/pythons:%s/%s", scratch, scratch, cases[i].folders + 8);
      if (strncmp (cases[i].folders, "pythons:", 8) != 0)
        {
          free (search);
          search = azml__path_join (scratch, cases[i].folders);
        }
      ok (plan_with (cases[i].spec, search, &plan, NULL) == 0
              && azml__environment_is_complete (&plan) == 0,
          "%s has a plan", cases[i].spec);
      is_string (plan.builder, cases[i].builder, cases[i].spec);
      is_string (
          json_string_value (json_array_get (json_array_get (plan.steps, 0), 1)),
          cases[i].first, "by its own command");
    }
}

/* The words of step N of the plan for SPEC, joined by blanks, with the folder of
   the environment as ENV (new).  */
static char *
step_text (const char *text, const char *folder, size_t n)
{
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan plan = { 0 };
  AZML_AUTO_FREE char *search = azml__path_join (scratch, folder);
  AZML_AUTO_BUFFER joined = AZML__BUFFER_INIT;
  size_t i;
  json_t *item;
  if (plan_with (text, search, &plan, NULL) < 0)
    return NULL;
  json_array_foreach (json_array_get (plan.steps, n), i, item)
  {
    const char *word = json_string_value (item);
    if (i == 0)
      word = azml__path_base (word);
    azml__buffer_add_text (&joined, i ? " " : "");
    if (strncmp (word, plan.path, strlen (plan.path)) == 0)
      azml__buffer_add_format (&joined, "ENV%s", word + strlen (plan.path));
    else
      azml__buffer_add_text (&joined, word);
  }
  return azml__buffer_steal (&joined);
}

static void
step_is (const char *spec, const char *folder, size_t n, const char *want)
{
  AZML_AUTO_FREE char *text = step_text (spec, folder, n);
  is_string (text, want, want);
}

static void
test_steps (void)
{
  step_is (
      "{\"conda\": [\"gcc\"], \"channels\": [\"a\", \"b\"], \"python\": \"3.11\"}",
      "condas", 0,
      "mamba create -y -p ENV --override-channels -c a -c b python=3.11 gcc");
  step_is ("{\"conda\": [\"gcc\"], \"python\": \">=3.9\"}", "condas", 0,
           "mamba create -y -p ENV python>=3.9 gcc");
  step_is ("{\"conda\": [\"gcc\"], \"pip\": [\"six\"]}", "condas", 0,
           "mamba create -y -p ENV python pip gcc");
  step_is ("{\"conda\": [\"x::python=3\"], \"pip\": [\"six\"]}", "condas", 0,
           "mamba create -y -p ENV pip x::python=3");
  step_is (
      "{\"conda\": [\"gcc\"], \"pip\": [\"six\"], \"pip_options\": [\"--pre\"]}",
      "condas", 1,
      "python -m pip --disable-pip-version-check --no-input install --pre six");
  step_is ("{\"conda\": [\"gcc\"]}", "pixis", 0, "pixi init -c conda-forge ENV");
  step_is ("{\"conda\": [\"gcc\"]}", "pixis", 1,
           "pixi add --manifest-path ENV/pixi.toml gcc");
}

static void
test_nothing_built (void)
{
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan plan = { 0 };
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan behind = { 0 };
  AZML_AUTO_FREE char *bin = NULL;
  AZML_AUTO_FREE char *python = NULL;
  AZML_AUTO (json_t) variables = NULL;
  int built = 7;
  azml__environment_options options = { .log_fd = -1 };
  ok (azml__environment_make_plan (NULL, scratch, "/nowhere", &plan, NULL) == 0
          && !plan.builder && !plan.path && !plan.base_python && !plan.prefix,
      "nothing is needed for nothing");
  ok (azml__environment_ensure (&plan, &options, &built, NULL) == 0 && built == 0,
      "and nothing is built");
  ok (azml__environment_activate (&plan, &bin, &python, &variables, NULL) == 0
          && !bin && !python && json_object_size (variables) == 0,
      "and nothing is set");
  ok (plan_with ("{\"prefix\": [\"sh\", \"-c\"], \"variables\": {\"K\": \"v\"}}",
                 "/bin:/usr/bin", &behind, NULL)
              == 0
          && !behind.path && behind.prefix,
      "a prefix builds nothing");
  is_string (behind.prefix ? behind.prefix[1] : NULL, "-c", "and keeps its words");
}

/* What makes a folder an environment.  */
static void
test_stamp (void)
{
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan plan = { 0 };
  AZML_AUTO_FREE char *search = azml__path_join (scratch, "pythons");
  AZML_AUTO (json_t) list = NULL;
  ok (plan_with ("{\"pip\": [\"stamp\"]}", search, &plan, NULL) == 0, "a plan");
  AZML_AUTO_FREE char *bin = azml__path_format ("env/%s/bin", plan.hash);
  AZML_AUTO_FREE char *python = azml__path_format ("%s/%s/python", scratch, bin);
  AZML_AUTO_FREE char *name = azml__path_format ("env/%s/bin/x", plan.hash);
  AZML_AUTO_FREE char *complete = azml__path_format ("env/%s/complete", plan.hash);
  write_file (name, "", 0755);
  ok (!azml__environment_is_complete (&plan), "a folder alone is no environment");
  ok (azml__environment_list (scratch, &list, NULL) == 0
          && json_array_size (list) == 0,
      "and is not listed");
  write_file (complete, "{\"hash\": \"x\", \"builder\": \"venv\"}", 0600);
  ok (symlink ("/bin/sh", python) == 0 && azml__environment_is_complete (&plan),
      "with its stamp it is one");
  json_decref (azml_steal (&list));
  ok (azml__environment_list (scratch, &list, NULL) == 0
          && json_array_size (list) == 1
          && azml__json_integer (json_array_get (list, 0), "bytes", 0) > 0
          && azml__json_string (json_array_get (list, 0), "used"),
      "and is listed with its size and last use");
  ok (unlink (python) == 0 && symlink ("/nowhere/python3", python) == 0
          && !azml__environment_is_complete (&plan),
      "until the python it was made from is gone");
}

static int
has_variable (char *const *variables, const char *text)
{
  for (; *variables; variables++)
    if (strncmp (*variables, text, strlen (text)) == 0)
      return 1;
  return 0;
}

static void
test_variables (void)
{
  static const char *const leaks[] = { "PYTHONPATH",     "PYTHONHOME",
                                       "PIP_TARGET",     "VIRTUAL_ENV",
                                       "UV_PYTHON",      "CONDA_PREFIX",
                                       "CONDA_PREFIX_1", "PIP_REQUIRE_VIRTUALENV" };
  for (size_t i = 0; i < sizeof leaks / sizeof *leaks; i++)
    setenv (leaks[i], "leak", 1);
  setenv ("PIP_INDEX_URL", "https://index.example/simple", 1);
  setenv ("PIP_FIND_LINKS", "/a /b", 1);
  unsetenv ("UV_INDEX_URL");
  unsetenv ("UV_DEFAULT_INDEX");
  unsetenv ("UV_FIND_LINKS");
  setenv ("CONDA_PKGS_DIRS", "/pkgs", 1);
  AZML_AUTO_STRINGS pip = azml__builder_variables ("venv", "/only/here");
  AZML_AUTO_STRINGS uv = azml__builder_variables ("uv", NULL);
  for (size_t i = 0; i < sizeof leaks / sizeof *leaks; i++)
    {
      AZML_AUTO_FREE char *text = azml__path_format ("%s=leak", leaks[i]);
      ok (!has_variable (pip, text) && !has_variable (uv, text),
          "%s does not leak in", leaks[i]);
      unsetenv (leaks[i]);
    }
  ok (has_variable (pip, "PIP_INDEX_URL=https://index.example/simple")
          && has_variable (pip, "CONDA_PKGS_DIRS=/pkgs"),
      "what the user configured stays");
  ok (has_variable (uv, "UV_INDEX_URL=https://index.example/simple")
          && has_variable (uv, "UV_FIND_LINKS=/a,/b")
          && !has_variable (pip, "UV_INDEX_URL"),
      "and uv learns what pip was told");
  ok (has_variable (pip, "PATH=/only/here"), "programs are found where they were");
  unsetenv ("PIP_INDEX_URL");
  unsetenv ("PIP_FIND_LINKS");
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

int
main (void)
{
  ok (mkdtemp (scratch) != NULL, "a scratch folder");
  write_file ("empty/README", "", 0600);
  write_file ("broken/python3", "#!/bin/sh\nexit 127\n", 0755);
  write_python ("pythons/python3", "3.11.2");
  write_python ("pythons/python3.9", "3.9.18");
  write_python ("pythons/python3.10", "3.10.4");
  write_file ("pythons/python3.13-config", "#!/bin/sh\nexit 0\n", 0755);
  write_python ("other/python", "3.12.0");
  write_file ("uvs/uv", "#!/bin/sh\n", 0755);
  write_file ("condas/mamba", "#!/bin/sh\n", 0755);
  write_file ("condas/conda", "#!/bin/sh\n", 0755);
  write_file ("pixis/pixi", "#!/bin/sh\n", 0755);
  test_malformed ();
  test_normalised ();
  test_hash ();
  test_hash_parts ();
  test_versions ();
  test_refused_plans ();
  test_choice_of_python ();
  test_choice_of_builder ();
  test_steps ();
  test_nothing_built ();
  test_stamp ();
  test_variables ();
  test_tail ();
  ok (azml__file_remove_tree (AT_FDCWD, scratch, NULL) == 0, "all is removed");
  return done_testing ();
}

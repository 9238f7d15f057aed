/* test-environment.c: plans, stamps and variables of environments.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What a builder really does is tested by tests/integration/test-environment.sh. */

#include <config.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "environment/builder.h"
#include "environment/environment.h"
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
  ok (azml__environment_probe (scratch, search, NULL, &probe, NULL) == 0
          && json_array_size (json_object_get (probe, "pythons")) == 4,
      "the probe finds all four that work");
}

static void
test_choice_of_builder (void)
{
  static const struct
  {
    const char *spec;
    const char *folder;
    const char *other; /* behind it, or NULL */
    const char *builder;
    const char *first; /* of the first step, the builder's own words */
  } cases[] = {
    { "{\"pip\": [\"six\"]}", "pythons", NULL, "venv", "-m" },
    { "{\"pip\": [\"six\"]}", "pythons", "uvs", "uv", "venv" },
    { "{\"pip\": [\"six\"], \"builder\": \"venv\"}", "pythons", "uvs", "venv",
      "-m" },
    { "{\"pip\": [\"six\"], \"conda\": [\"gcc\"]}", "condas", NULL, "mamba",
      "create" },
    { "{\"conda\": [\"gcc\"], \"builder\": \"conda\"}", "condas", NULL, "conda",
      "create" },
    { "{\"conda\": [\"gcc\"]}", "pixis", NULL, "pixi", "init" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      AZML_CLEANUP (azml__environment_plan_done)
      azml__environment_plan plan = { 0 };
      AZML_AUTO_FREE char *search =
          azml__path_format ("%s/%s:%s/%s", scratch, cases[i].folder, scratch,
                             cases[i].other ? cases[i].other : "empty");
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
  AZML_AUTO_ENVIRONMENT_USE use = AZML__ENVIRONMENT_USE_INIT;
  int built = 7;
  azml__environment_options options = { .log_fd = -1 };
  ok (azml__environment_make_plan (NULL, scratch, "/nowhere", &plan, NULL) == 0
          && !plan.builder && !plan.path && !plan.base_python && !plan.prefix,
      "nothing is needed for nothing");
  ok (azml__environment_ensure (&plan, &options, &use, &built, NULL) == 0
          && built == 0,
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
  setenv ("PIP_FIND_LINKS", "/azml/none / /usr /azml/no", 1);
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
          && has_variable (uv, "UV_FIND_LINKS=/,/usr")
          && !has_variable (pip, "UV_INDEX_URL"),
      "and uv learns what pip was told");
  ok (has_variable (pip, "PATH=/only/here"), "programs are found where they were");
  unsetenv ("PIP_INDEX_URL");
  unsetenv ("PIP_FIND_LINKS");
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
  test_refused_plans ();
  test_choice_of_python ();
  test_choice_of_builder ();
  test_steps ();
  test_nothing_built ();
  test_stamp ();
  test_variables ();
  ok (azml__file_remove_tree (AT_FDCWD, scratch, NULL) == 0, "all is removed");
  return done_testing ();
}

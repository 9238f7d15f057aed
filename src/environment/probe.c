/* probe.c: what this machine can build environments with.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/json.h"
#include "environment/environment.h"
#include "environment/interpreter.h"
#include "environment/places.h"
#include "environment/python.h"
#include "environment/step.h"

static const char *const tools[] = { "uv",     "micromamba", "mamba",
                                     "conda",  "pixi",       "guix",
                                     "docker", "podman",     "apptainer",
                                     "git",    "nvidia-smi", "sbatch" };

#define START_TIMEOUT_MS 20000

/* Which of MODULES the interpreter PATH has: {NAME: true or false} (new); NULL if it
   does not say.  Not kept: a package may bring them at any time.  */
static json_t *
look_for_modules (const char *path, const json_t *modules)
{
  static const char program[] =
      "import importlib.util, sys\n"
      "for name in sys.argv[1:]:\n"
      "    print(int(bool(importlib.util.find_spec(name))))\n";
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO (json_t) found = json_object ();
  size_t n = json_array_size (modules);
  AZML_AUTO_FREE char **argv = calloc (n + 5, sizeof *argv);
  int status;
  if (!argv || !found)
    return NULL;
  argv[0] = (char *)path;
  argv[1] = (char *)"-I";
  argv[2] = (char *)"-c";
  argv[3] = (char *)program;
  for (size_t i = 0; i < n; i++)
    if (!(argv[i + 4] = (char *)json_string_value (json_array_get (modules, i))))
      return NULL;
  azml__step step = { .argv = argv,
                      .folder = "/",
                      .only_output = 1,
                      .inherit_fd = -1,
                      .timeout_ms = START_TIMEOUT_MS,
                      .output = azml__step_keep,
                      .data = &text };
  if (azml__step_run (&step, &status, NULL) < 0 || status != 0
      || !azml__buffer_ok (&text) || text.length < 2 * n)
    return NULL;
  for (size_t i = 0; i < n; i++)
    json_object_set_new (found, argv[i + 4],
                         json_boolean (text.data[2 * i] == '1'));
  return azml_steal (&found);
}

int
azml__environment_probe (const char *root, const char *search,
                         const json_t *modules, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) pythons = NULL;
  AZML_AUTO (json_t) found = json_object ();
  azml__interpreter_load (root);
  int rc = azml__python_list (search, &pythons, err);
  azml__interpreter_save (root);
  if (rc < 0)
    return rc;
  for (size_t i = 0; found && i < sizeof tools / sizeof *tools; i++)
    {
      AZML_AUTO_FREE char *path = azml__places_program (tools[i], search);
      if (path)
        json_object_set_new (found, tools[i], azml__json_text (path));
    }
  /* Itself, not a version manager's shim, which takes long to start.  */
  const char *path = azml__json_string (json_array_get (pythons, 0), "path");
  const json_t *first =
      path && json_array_size (modules) ? azml__interpreter_look (path) : NULL;
  AZML_AUTO_FREE char *python =
      azml__json_get_bytes (json_object_get (first, "executable"), NULL);
  *ret = json_pack ("{s:O, s:O, s:o*}", "pythons", pythons, "tools", found,
                    "modules", python ? look_for_modules (python, modules) : NULL);
  return *ret ? 0 : azml__error_no_memory (err);
}

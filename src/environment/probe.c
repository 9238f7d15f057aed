/* probe.c: what this machine can build environments with.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/json.h"
#include "environment/environment.h"
#include "environment/places.h"
#include "environment/python.h"

static const char *const tools[] = { "uv",        "micromamba", "mamba",  "conda",
                                     "pixi",      "guix",       "docker", "podman",
                                     "apptainer", "git" };

int
azml__environment_probe (const char *root, const char *search, json_t **ret,
                         azml_error **err)
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
  *ret = json_pack ("{s:O, s:O}", "pythons", pythons, "tools", found);
  return *ret ? 0 : azml__error_no_memory (err);
}

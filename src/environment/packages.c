/* packages.c: the exact versions that an environment has.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/builder.h"
#include "environment/spec.h"
#include "environment/step.h"

#define TIMEOUT_MS 120000

/* Run ARGV and append what it prints on standard output to TEXT.  */
static int
ask (const char *const *argv, char *const *variables, azml__buffer *text,
     azml_error **err)
{
  azml__step step = { .argv = (char *const *)argv,
                      .environ = variables,
                      .folder = "/",
                      .only_output = 1,
                      .inherit_fd = -1,
                      .timeout_ms = TIMEOUT_MS,
                      .output = azml__step_keep,
                      .data = text };
  int status;
  int rc = azml__step_run (&step, &status, err);
  if (rc < 0)
    return rc;
  if (status != 0)
    return azml__error (err, AZML_E_ENVIRONMENT,
                        "environment: '%s' cannot list what it has installed",
                        azml__path_base (argv[0]));
  return azml__buffer_ok (text) ? 0 : azml__error_no_memory (err);
}

/* Add the lines of a freeze: "name==version", "name @ address".  Those that
   PACKAGES, of conda, has already are left out.  */
static int
add_freeze (json_t *packages, char *text, azml_error **err)
{
  AZML_AUTO (json_t) before = json_copy (packages);
  char *line;
  while ((line = strsep (&text, "\n")))
    {
      size_t n = azml__spec_name_length (line);
      AZML_AUTO_FREE char *name = strndup (line, n);
      int is_option = *line == '-' && strncmp (line, "-e ", 3) != 0;
      if (!*line || *line == '#' || is_option
          || (n && name && azml__spec_has (before, name)))
        continue;
      if (json_array_append_new (packages, azml__json_text (line)) < 0)
        return azml__error_no_memory (err);
    }
  return 0;
}

/* Add the conda packages of the list LISTED: "name=version=build".  Packages that
   pip brought are left for the freeze.  */
static int
add_conda (json_t *packages, const json_t *listed, azml_error **err)
{
  size_t i;
  json_t *item;
  json_array_foreach ((json_t *)listed, i, item)
  {
    const char *name = azml__json_string (item, "name");
    const char *version = azml__json_string (item, "version");
    const char *build = azml__json_string (item, "build_string");
    const char *channel = azml__json_string (item, "channel");
    const char *kind = azml__json_string (item, "kind");
    if (!build)
      build = azml__json_string (item, "build");
    if (!name || !version || (channel && strcmp (channel, "pypi") == 0)
        || (kind && strcmp (kind, "pypi") == 0))
      continue;
    AZML_AUTO_FREE char *text = azml__path_format (
        "%s=%s%s%s", name, version, build ? "=" : "", build ? build : "");
    if (!text || json_array_append_new (packages, azml__json_text (text)) < 0)
      return azml__error_no_memory (err);
  }
  return 0;
}

static int
list_conda (const char *name, const char *program, const char *path,
            const char *prefix, char *const *variables, json_t *packages,
            azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO (json_t) listed = NULL;
  AZML_AUTO_FREE char *manifest = azml__path_join (path, "pixi.toml");
  const char *plain[] = { program, "list", "-p", prefix, "--json", NULL };
  const char *pixi[] = { program,  "list",   "--manifest-path",
                         manifest, "--json", NULL };
  int rc = ask (strcmp (name, "pixi") == 0 ? pixi : plain, variables, &text, err);
  if (rc == 0)
    rc = azml__json_parse (text.data ? text.data : "", text.length,
                           "the list of packages", &listed, err);
  return rc < 0 ? rc : add_conda (packages, listed, err);
}

int
azml__builder_packages (const char *name, const char *program, const char *path,
                        char *const *variables, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) packages = json_array ();
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *prefix = azml__builder_prefix (name, path);
  AZML_AUTO_FREE char *python =
      prefix ? azml__path_join (prefix, "bin/python") : NULL;
  AZML_AUTO_FREE char *pip = prefix ? azml__path_join (prefix, "bin/pip") : NULL;
  const char *freeze[] = { python,   "-m",    "pip", "--disable-pip-version-check",
                           "freeze", "--all", NULL };
  const char *uv[] = { program, "pip", "freeze", "--python", python, NULL };
  int is_conda = azml__builder_is_conda (name);
  int rc = 0;
  if (!packages || !python || !pip)
    return azml__error_no_memory (err);
  if (is_conda)
    rc = list_conda (name, program, path, prefix, variables, packages, err);
  if (rc == 0 && (!is_conda || access (pip, X_OK) == 0))
    rc = ask (strcmp (name, "uv") == 0 ? uv : freeze, variables, &text, err);
  if (rc == 0 && text.data)
    rc = add_freeze (packages, text.data, err);
  if (rc == 0)
    *ret = azml_steal (&packages);
  return rc;
}

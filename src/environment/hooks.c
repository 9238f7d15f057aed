/* hooks.c: the variables that conda packages want set.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   `conda activate` runs the scripts of packages (compilers set CC, Java its home) each
   time.  Here they run once, when the environment has been built, and what they set
   is kept in `complete`: a run starts no shell for it.  */

#include <config.h>

#include "environment/hooks.h"

#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/step.h"

#define TIMEOUT_MS 60000

/* What the scripts print would mix with the answer.  */
static const char script[] = "export CONDA_PREFIX=\"$1\" CONDA_DEFAULT_ENV=\"$1\"\n"
                             "PATH=$1/bin:$PATH\n"
                             "for hook in \"$1\"/etc/conda/activate.d/*.sh; do\n"
                             "  . \"$hook\" >/dev/null\n"
                             "done\n"
                             "exec env -0\n";

/* Variables that a shell sets for itself, and those that activation sets anyway.  */
static const char *const ignored[] = {
  "_", "PATH", "PWD", "OLDPWD", "SHLVL", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"
};

static int
is_ignored (const char *name, size_t n)
{
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    if (strlen (ignored[i]) == n && strncmp (ignored[i], name, n) == 0)
      return 1;
  return 0;
}

static int
is_among (const char *variable, char *const *variables)
{
  for (; *variables; variables++)
    if (strcmp (*variables, variable) == 0)
      return 1;
  return 0;
}

/* Add those of the NUL-terminated variables in TEXT that are not among BEFORE.  */
static int
collect (const azml__buffer *text, char *const *before, json_t *found)
{
  const char *end = text->data + text->length;
  for (const char *p = text->data; p && p < end; p += strlen (p) + 1)
    {
      size_t n = strcspn (p, "=");
      if (!p[n] || is_ignored (p, n) || is_among (p, before))
        continue;
      AZML_AUTO_FREE char *name = strndup (p, n);
      if (!name
          || json_object_set_new (found, name, azml__json_text (p + n + 1)) < 0)
        return -1;
    }
  return 0;
}

int
azml__hooks_run (const char *prefix, char *const *variables, azml_cancel *cancel,
                 json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) found = json_object ();
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *folder = azml__path_join (prefix, "etc/conda/activate.d");
  AZML_AUTO_FREE char *bash = azml__path_program ("bash", NULL); /* as conda does */
  char *argv[] = { bash ? bash : (char *)"sh",
                   (char *)"-c",
                   (char *)script,
                   (char *)"sh",
                   (char *)prefix,
                   NULL };
  azml__step step = { .argv = argv,
                      .environ = variables,
                      .only_output = 1,
                      .inherit_fd = -1,
                      .timeout_ms = TIMEOUT_MS,
                      .cancel = cancel,
                      .output = azml__step_keep,
                      .data = &text };
  int status = 0;
  if (!found || !folder)
    return azml__error_no_memory (err);
  int rc = access (folder, R_OK) == 0 ? azml__step_run (&step, &status, err) : 0;
  if (rc < 0)
    return rc;
  if (status)
    return azml__error (err, AZML_E_ENVIRONMENT,
                        "environment: the activation scripts of its packages fail");
  if (collect (&text, variables, found) < 0 || !azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  *ret = azml_steal (&found);
  return 0;
}
